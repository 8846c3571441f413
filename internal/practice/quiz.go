package practice

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tenarai/internal/course"
	"tenarai/internal/member"
	"tenarai/internal/problem"
)

// Drawn are the questions of one try: all of them, or Draw of them chosen by person and number of the try, so that the
// page that asks and the deed that judges see the same without keeping anything in between. They stay in file order.
func Drawn(q *course.Quiz, m member.ID, try int) []course.Question {
	if q.Draw <= 0 || q.Draw >= len(q.Questions) {
		return q.Questions
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.Hash + "/" + strconv.FormatInt(int64(m), 10)))
	r := rand.New(rand.NewPCG(h.Sum64(), uint64(try))) //nolint:gosec // a choice of questions, not a secret
	pick := r.Perm(len(q.Questions))[:q.Draw]
	slices.Sort(pick)
	out := make([]course.Question, 0, q.Draw)
	for _, i := range pick {
		out = append(out, q.Questions[i])
	}
	return out
}

// Mend judges the answers of one try: which are right, and the percentage, rounded down.
func Mend(questions []course.Question, given map[string]Given) (judged map[string]Given, right, percent int) {
	judged = make(map[string]Given, len(questions))
	for _, q := range questions {
		g := given[q.ID]
		g.Right = Right(q, g)
		if g.Right {
			right++
		}
		judged[q.ID] = g
	}
	if len(questions) > 0 {
		percent = right * 100 / len(questions)
	}
	return judged, right, percent
}

// Right judges one answer. With choices, all right ones and nothing else must be chosen; a number may miss by the
// tolerance; a short answer is compared after folding (Fold).
func Right(q course.Question, g Given) bool {
	switch q.Choose {
	case course.ChooseOne, course.ChooseMany:
		for i, a := range q.Answers {
			if a.Right != slices.Contains(g.Chosen, i) {
				return false
			}
		}
		return len(g.Chosen) > 0
	case course.ChooseNumber:
		v, ok := Number(g.Text)
		return ok && q.Number != nil && v >= q.Number.Value-q.Number.Tolerance-1e-9 && v <= q.Number.Value+q.Number.Tolerance+1e-9
	case course.ChooseShort:
		f := Fold(g.Text)
		return f != "" && slices.ContainsFunc(q.Accept, func(a string) bool { return Fold(a) == f })
	}
	return false
}

// Answered tells whether anything was given.
func (g Given) Answered() bool { return len(g.Chosen) > 0 || strings.TrimSpace(g.Text) != "" }

// plainNumber is a number without exponent or name (ParseFloat would take NaN and Infinity).
var plainNumber = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)$`)

// counters are what people write after a number: Japanese counters and units, and the English ones of our questions, as
// Fold leaves them (katakana as hiragana).
var counters = []string{
	"円", "yen", "%", "ぱーせんと", "枚", "字", "文字", "せる", "分", "分間", "時間", "秒", "件", "行", "列", "点", "日", "日間", "週", "週間",
	"日目", "か月", "ゕ月", "ゖ月", "箇所", "か所", "ゕ所", "ゖ所", "人", "名", "個", "こ", "つ", "回", "本", "冊", "社", "問", "歳", "倍", "年", "月",
	"minutes", "minute", "min", "hours", "hour", "h", "sheets", "cards", "places", "cells", "characters", "rows", "lines", "points", "days", "people", "times",
}

// Number reads a number as people type it: full-width digits, thousands separators, a yen sign and one counter or unit
// after it (枚, 字, セル, 円 …) are no mistake.
func Number(s string) (float64, bool) {
	s = strings.NewReplacer(",", "", "、", "", "¥", "").Replace(strings.TrimPrefix(Fold(s), "約"))
	longest := ""
	for _, c := range counters {
		if strings.HasSuffix(s, c) && len(c) > len(longest) {
			longest = c
		}
	}
	s = strings.TrimSuffix(s, longest)
	if !plainNumber.MatchString(s) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// Fold is how short answers are compared: full-width letters and digits as ASCII, lower case, katakana as hiragana,
// no spaces and no closing mark.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '　' || r == '。' || r == '．':
			if r == '．' {
				b.WriteByte('.')
			}
			continue
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '￥':
			r = '¥'
		case r >= 'ァ' && r <= 'ヶ':
			r -= 'ァ' - 'ぁ'
		case r == '−' || r == '‐' || r == '–':
			r = '-'
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// MaxAnswer is the length of a typed answer in characters.
const MaxAnswer = 200

// CheckAnswers refuses a try in which a question was left out, a choice does not exist, or a number cannot be read. The
// field of a question is "q." and its id.
func CheckAnswers(questions []course.Question, given map[string]Given) error {
	var l problem.List
	for _, q := range questions {
		g, field := given[q.ID], "q."+q.ID
		switch {
		case !g.Answered():
			l.Add(problem.At(field, "quiz.unanswered"))
		case utf8.RuneCountInString(g.Text) > MaxAnswer:
			l.Add(problem.At(field, "practice.comment_long", problem.Args{"Max": MaxAnswer}))
		case slices.ContainsFunc(g.Chosen, func(i int) bool { return i < 0 || i >= len(q.Answers) }), q.Choose == course.ChooseOne && len(g.Chosen) != 1:
			l.Add(problem.At(field, "quiz.unanswered"))
		case q.Choose == course.ChooseNumber:
			if _, ok := Number(g.Text); !ok {
				l.Add(problem.At(field, "quiz.not_a_number"))
			}
		}
	}
	return l.Err()
}
