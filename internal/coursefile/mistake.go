package coursefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing in the course files that a writer has to mend.
type Mistake struct {
	File    string // path below the courses folder
	Line    int    // from 1
	Message string // plain English
}

// String is the mistake as editors and terminals understand it: file:line: message.
func (m Mistake) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Message) }

// Mistakes are all mistakes of a reading, sorted by file and line.
type Mistakes []Mistake

// String is one mistake a line.
func (l Mistakes) String() string {
	var b strings.Builder
	for _, m := range l {
		b.WriteString(m.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Err is the mistakes as one error, or nil if there are none.
func (l Mistakes) Err() error {
	if len(l) == 0 {
		return nil
	}
	return fmt.Errorf("%d mistakes in the course files:\n%s", len(l), l)
}

func (l *Mistakes) add(file string, line int, format string, args ...any) {
	*l = append(*l, Mistake{File: file, Line: max(line, 1), Message: fmt.Sprintf(format, args...)})
}

// sorted is the list by file, line and message, without repetitions.
func (l Mistakes) sorted() Mistakes {
	slices.SortFunc(l, func(a, b Mistake) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(l)
}
