package web

import (
	"tenarai/internal/desk"
	"tenarai/internal/skill"
)

// The picture of a record: a tower of three blocks for every skill there is, as many of them filled as the level held. It
// says nothing that the table beside it and the list of what the labels stand for do not say.
const (
	towersInRow = 6
	towerWide   = 58
	towerHigh   = 66
	blockWide   = 34
	blockHigh   = 12
	blockStep   = 15
)

// skillPicture is laid out in the units of its view box.
type skillPicture struct {
	Wide, High int
	Held, All  int
	Towers     []tower
	Names      []codeName // of all towers
}

// codeName is what a label stands for.
type codeName struct {
	Code string
	Name said
}

// tower is one skill.
type tower struct {
	X, Y   int // of its label: middle and baseline
	Label  string
	Blocks []block
}

// block is one level.
type block struct {
	X, Y, Wide, High int
	Class            string // of the style sheet: on, old or off
}

// pictureOf draws all skills, those held at their level.
func pictureOf(all []skill.Skill, held []desk.SkillHeld, lang string) skillPicture {
	rows := (len(all) + towersInRow - 1) / towersInRow
	p := skillPicture{Wide: towersInRow * towerWide, High: rows * towerHigh, Held: len(held), All: len(all)}
	stands := make(map[skill.ID]skill.Standing, len(held))
	for _, h := range held {
		stands[h.ID] = h.Standing
	}
	for i, s := range all {
		left, top := i%towersInRow*towerWide, i/towersInRow*towerHigh
		t := tower{X: left + towerWide/2, Y: top + towerHigh - 8, Label: string(s.ID)}
		for level := skill.WithModel; level <= skill.Checks; level++ {
			b := block{X: left + (towerWide-blockWide)/2, Y: top + 2 + int(skill.Checks-level)*blockStep, Wide: blockWide, High: blockHigh, Class: "off"}
			if stand := stands[s.ID]; level <= stand.Level {
				b.Class = "on"
				if !stand.Current {
					b.Class = "old"
				}
			}
			t.Blocks = append(t.Blocks, b)
		}
		p.Towers = append(p.Towers, t)
		p.Names = append(p.Names, codeName{t.Label, say(s.Title, lang)})
	}
	return p
}
