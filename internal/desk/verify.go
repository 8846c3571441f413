package desk

import (
	"context"
	"time"

	"tenarai/internal/certificate"
	"tenarai/internal/course"
	"tenarai/internal/problem"
	"tenarai/internal/store"
)

// Verified is what anybody learns from a certificate's number. Of a withdrawn one that is nothing but its state, and of one
// that its holder keeps hidden nothing but that; whether it was taken back or replaced she cannot hide.
type Verified struct {
	Number    certificate.Number
	State     certificate.State // of a hidden one only if it was revoked or replaced
	Hidden    bool
	Kind      certificate.Kind
	Changed   time.Time          // since when it was revoked or replaced
	Reason    certificate.Reason // of that
	Successor certificate.Number // of a replaced one; empty if its holder keeps that hidden
	Cause     certificate.Cause
	Until     time.Time // when it lapses; zero: never
	Name      string    // empty unless the holder allows it
	Code      string    // of the course or skill
	Public    bool      // anybody may fetch the PDF
	Topic     course.Text
	Title     course.Text
	CanDo     []course.Text
	Skills    []certificate.Proven
	Proof     certificate.Proof
	Assisted  int // pieces handed in with help at the center
	Prior     int // pieces made elsewhere
	Issued    time.Time
	Center    string
	CenterE   string
}

// Verify says how a certificate stands and what for. Anybody may ask.
func (d *Desk) Verify(ctx context.Context, number string) (Verified, error) {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return Verified{}, err
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if isMissing(err) {
		return Verified{}, problem.Missing("certificate.unknown")
	}
	if err != nil {
		return Verified{}, err
	}
	return d.verified(h), nil
}

func (d *Desk) verified(h store.Held) Verified {
	state := h.StateAt(d.Now())
	switch {
	case state == certificate.Withdrawn:
		return Verified{Number: h.Number, State: state}
	case h.Hidden && state.MayEnd():
		return Verified{Number: h.Number, Hidden: true}
	case h.Hidden:
		return Verified{Number: h.Number, Hidden: true, State: state, Changed: h.Latest.At}
	}
	s := h.Snapshot
	v := Verified{
		Number: h.Number, State: state, Kind: h.Kind, Changed: h.Latest.At, Reason: h.Latest.Reason, Successor: shownSuccessor(h), Cause: h.Cause, Until: h.Until,
		Code: s.Code, Public: h.Public, Topic: s.Topic, Title: s.Title, CanDo: s.CanDo, Skills: s.Skills,
		Proof: s.ProvenBy(), Issued: h.Issued, Center: s.CenterName, CenterE: s.CenterNameEn,
	}
	if h.ShowName {
		v.Name = s.Name
	}
	for _, p := range s.Pieces {
		if p.Assisted {
			v.Assisted++
		}
		if p.Prior {
			v.Prior++
		}
	}
	return v
}

// shownSuccessor is the number of the certificate that stands in a replaced one's place, if its holder does not hide that.
func shownSuccessor(h store.Held) certificate.Number {
	if h.SuccessorHidden {
		return ""
	}
	return h.Successor
}

// NoteVerified counts, for its holder to see, that a certificate was looked up, by its number or by a file of it: only while
// her name is shown there, as nothing of hers is disclosed otherwise. Nobody is asked who looked, and only the day is kept.
func (d *Desk) NoteVerified(ctx context.Context, number string) error {
	n, err := certificate.ParseNumber(number)
	if err != nil {
		return err
	}
	h, err := d.Store.CertificateByNumber(ctx, n)
	if err != nil {
		return err
	}
	if !h.ShowName || h.Hidden || h.Latest.State == certificate.Withdrawn {
		return nil
	}
	return d.noteShown(ctx, h)
}

// noteShown counts that a certificate showed its holder's name to a stranger.
func (d *Desk) noteShown(ctx context.Context, h store.Held) error {
	return d.deed(ctx, func(ctx context.Context, now time.Time) error {
		return d.Store.NoteVerified(ctx, h.ID, startOfDay(now))
	})
}
