package web

import "context"

// turns are as many places as may do at once what takes much of the machine.
type turns chan struct{}

// take waits for a turn; done ends it. It is an error if the context ends first.
func (t turns) take(ctx context.Context) (done func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
