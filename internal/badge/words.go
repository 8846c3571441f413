package badge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
)

// The words that a credential says itself. They are Japanese (inLanguage ja), as the certificate's snapshot is; what is
// signed has no second language to choose.

func levelName(n int) string { return fmt.Sprintf("レベル%d", n) }

func description(a certificate.Achievement) string {
	switch {
	case a.Kind == certificate.KindSkill:
		return "技能「" + a.Course.JA + "」を、課題の作品で証明しました。"
	case len(a.CanDo) == 0:
		return a.Course.JA
	}
	return "「" + a.Course.JA + "」を修了し、次のことができます。\n" + bullets(a.CanDo)
}

// criteria is what has to be done for the certificate.
func criteria(a certificate.Achievement) string {
	s := rule(a)
	if len(a.Modules) == 0 {
		return s
	}
	return s + "\n" + bullets(a.Modules)
}

func rule(a certificate.Achievement) string {
	switch a.Kind {
	case certificate.KindSkill:
		return fmt.Sprintf("技能「%s」（%s）を証明する課題か、これまでの仕事の作品が、先生の評価で合格すること。先生は評価表で判定します。", a.Course.JA, a.Code)
	case certificate.KindProgramme:
		return fmt.Sprintf("プログラム「%s」のすべての講座を修了すること。", a.Course.JA)
	case certificate.KindCourse:
	}
	return fmt.Sprintf("講座「%s」（%s、%s版、約%d分）のすべての単元を終え、確認テストと課題に合格すること。課題は先生が評価表で判定します。", a.Course.JA, a.Code, a.Edition, a.Minutes)
}

func bullets(texts []course.Text) string {
	lines := make([]string, len(texts))
	for i, t := range texts {
		lines[i] = "- " + t.JA
	}
	return strings.Join(lines, "\n")
}

// evidence are the pieces that proved it: what was handed in, how often and how many judged it. It quotes nobody.
func evidence(pieces []certificate.Piece) []any {
	out := []any{}
	for _, p := range pieces {
		s := fmt.Sprintf("%sに合格。提出%d回、評価した先生%d名。", p.Passed.In(tokyo).Format("2006年1月2日"), p.Attempts, len(p.Assessors))
		if p.Assisted {
			s += "センターの支援を受けて提出。"
		}
		one := object{"type": []any{"Evidence"}, "name": p.Title.JA, "narrative": s}
		if p.Prior {
			one["narrative"], one["genre"] = "これまでに別の場所で行った仕事の作品です。"+s, priorLearning
		}
		out = append(out, one)
	}
	return out
}

// priorLearning is the genre of evidence that was made elsewhere, before the person came to learn.
const priorLearning = "Prior learning portfolio"

// tokyo is the zone of every day that is said; Japan has no summer time.
var tokyo = time.FixedZone("JST", 9*60*60)

// hashedName lets somebody who knows the holder's name find that it is hers, without saying it (Open Badges 3.0, B.1.10
// IdentityObject: "sha256$" and the hexadecimal hash of value and salt). The number, 80 random bits, is the salt.
func hashedName(name, number string) object {
	sum := sha256.Sum256([]byte(name + number))
	return object{"type": "IdentityObject", "hashed": true, "identityHash": "sha256$" + hex.EncodeToString(sum[:]), "identityType": "name", "salt": number}
}

// stamp is a time as credentials write it, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func number(n int) string { return strconv.Itoa(n) }
