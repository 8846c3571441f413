package sheet

import (
	"encoding/json"

	"tenarai/internal/problem"
)

// Check is the machine check of a handed-in table against the hidden answer (CSV, UTF-8): the Difference as JSON, or the
// key of the problem that kept it from being read. It never fails: what a machine cannot read, a mentor still can.
func Check(name string, content, answer []byte, key string) (result []byte, why string) {
	want, err := Read("answer.csv", answer)
	if err != nil {
		return nil, reason(err)
	}
	given, err := Read(name, content)
	if err != nil {
		return nil, reason(err)
	}
	d, err := Compare(want, given, key)
	if err != nil {
		return nil, reason(err)
	}
	if result, err = json.Marshal(d); err != nil {
		return nil, reason(err)
	}
	return result, ""
}

func reason(err error) string {
	if list := problem.Of(err); len(list) > 0 {
		return list[0].Key
	}
	return "sheet.unreadable"
}
