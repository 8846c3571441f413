package coursefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tenarai/internal/course"
)

// hashOf names a value by its content: the SHA-256, in hex, of its JSON. encoding/json writes struct fields in their order
// and map keys sorted, so equal values have equal hashes. What is hashed has its own struct types with named fields below:
// a field renamed in package course must not rename what people were judged by.
func hashOf(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only plain values are given; a float that is not finite was refused when it was read
	}
	return hashBytes(b.Bytes())
}

func hashBytes(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hashQuiz(q *course.Quiz) string {
	return hashOf(struct {
		PassPercent int               `json:"pass_percent"`
		Draw        int               `json:"draw"`
		Questions   []course.Question `json:"questions"`
	}{q.PassPercent, q.Draw, q.Questions})
}

func hashRubric(r course.Rubric) string { return hashOf(r) }

type hashedMaterial struct {
	File   string      `json:"file"`
	Title  course.Text `json:"title"`
	Alt    course.Text `json:"alt"`
	SHA256 string      `json:"sha256"`
}

type hashedCheck struct {
	Key      string `json:"key"`
	Permille int    `json:"permille"`
	SHA256   string `json:"sha256"`
}

type hashedDeliver struct {
	Text    bool        `json:"text"`
	File    bool        `json:"file"`
	TextMax int         `json:"text_max"`
	Formats []string    `json:"formats"`
	Files   int         `json:"files"`
	MaxMB   int         `json:"max_mb"`
	Name    string      `json:"name"`
	What    course.Text `json:"what"`
}

// hashAssignment covers the order and what it is judged by. The model, the mentor's notes, the fix bank and the reference
// time are left out: mending a hint does not make it another piece of work.
func hashAssignment(a *course.Assignment, brief map[string]string, materials []hashedMaterial) string {
	var check *hashedCheck
	if a.Check != nil {
		check = &hashedCheck{a.Check.Key, a.Check.Permille, hashBytes(a.Check.Answer)}
	}
	return hashOf(struct {
		Client    course.Text       `json:"client"`
		Purpose   course.Text       `json:"purpose"`
		Deliver   hashedDeliver     `json:"deliver"`
		Tolerance course.Text       `json:"tolerance"`
		Due       int               `json:"due_working_days"`
		Materials []hashedMaterial  `json:"materials"`
		Check     *hashedCheck      `json:"check"`
		SelfCheck []course.Text     `json:"self_check"`
		Rubric    string            `json:"rubric"`
		Brief     map[string]string `json:"brief"`
		Starter   course.Text       `json:"starter"`
	}{
		a.Client, a.Purpose, hashedDeliver(a.Deliver), a.Tolerance, a.DueWorkingDays, materials, check, a.SelfCheck,
		a.Rubric.Hash, brief, a.Starter,
	})
}
