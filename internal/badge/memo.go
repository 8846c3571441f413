package badge

import "sync"

// memo remembers what was reckoned last. Full, it forgets everything and begins anew: what it holds is used again and again
// or never.
type memo[K comparable, V any] struct {
	most int // how many it holds

	mu   sync.Mutex
	held map[K]V
}

// get is what was reckoned for a key, or what is reckoned now.
func (m *memo[K, V]) get(key K, reckon func() V) V {
	m.mu.Lock()
	v, ok := m.held[key]
	m.mu.Unlock()
	if ok {
		return v
	}
	v = reckon()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || len(m.held) >= m.most {
		m.held = map[K]V{}
	}
	m.held[key] = v
	return v
}
