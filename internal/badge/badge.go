// Package badge makes and checks machine credentials: Open Badges 3.0 (1EdTech) on the W3C Verifiable Credentials data
// model 2.0, with an embedded eddsa-rdfc-2022 proof or as an RS256 VC-JWT, the documents a checker needs beside them (DID,
// keys, status lists), and pictures that carry a credential. It alone knows JSON-LD. It loads nothing: contexts are
// embedded, and whatever else a check needs is handed in.
package badge

import (
	"net/url"
	"strings"

	"tenarai/internal/certificate"
	"tenarai/internal/skill"
)

// object is a JSON object.
type object = map[string]any

// The addresses of contexts and of the schemas that credentials name.
const (
	contextVC         = "https://www.w3.org/ns/credentials/v2"
	contextOB         = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	contextExtensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
	contextCLR        = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
	contextIntegrity  = "https://w3id.org/security/data-integrity/v2" // many others name it; what it defines is in the first, too
	schemaOB          = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
	schemaCLR         = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"
	schemaType        = "1EdTechJsonSchemaValidator2019"
	escoSkill         = "http://data.europa.eu/esco/skill/" // ESCO's own identifiers of skills begin so
)

// Issuer makes an installation's credentials. It holds no key; each is handed in.
type Issuer struct {
	address string // public address, without a slash at its end
	did     string
}

// NewIssuer is the issuer at a public address such as https://tenarai.example. Its DID is did:web of the host (W3C CCG,
// did:web method); a port's colon is written %3A.
func NewIssuer(address string) Issuer {
	host := address
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		host = u.Host
	}
	return Issuer{address: address, did: "did:web:" + strings.ReplaceAll(host, ":", "%3A")}
}

// DID is the issuer's identifier.
func (i Issuer) DID() string { return i.did }

// credential is what a claim says, without a proof.
func (i Issuer) credential(c certificate.Claim) object {
	id := i.address + "/credentials/" + string(c.Number)
	issued := stamp(c.Issued)
	doc := object{
		"@context":    []any{contextVC, contextOB, contextExtensions},
		"id":          id,
		"type":        []any{"VerifiableCredential", "OpenBadgeCredential"},
		"name":        c.Achievement.Name.JA,
		"issuer":      object{"id": i.did, "type": []any{"Profile"}, "name": c.Snapshot.CenterName, "url": i.address},
		"validFrom":   issued,
		"awardedDate": issued,
		"credentialSubject": object{
			"id": id + "#holder", "type": []any{"AchievementSubject"},
			"identifier":  []any{hashedName(c.Snapshot.Name, string(c.Number))},
			"achievement": i.achievement(c.Achievement),
			"result":      i.results(c),
		},
		"evidence": evidence(c.Snapshot.Pieces),
		"credentialStatus": object{
			"id": i.statusAddress(c.Status.List) + "#" + number(c.Status.Position), "type": "BitstringStatusListEntry", "statusPurpose": purposeRevocation,
			"statusListIndex": number(c.Status.Position), "statusListCredential": i.statusAddress(c.Status.List),
		},
		// The type is defined by the third context alone; an undefined one would not be signed.
		"credentialSchema": []any{object{"id": schemaOB, "type": schemaType}},
	}
	if !c.Until.IsZero() {
		doc["validUntil"] = stamp(c.Until)
	}
	return doc
}

// Achievement is what certificates of a course, a skill or a programme are for, as a document of its own.
func (i Issuer) Achievement(a certificate.Achievement) ([]byte, error) {
	doc := i.achievement(a)
	doc["@context"] = []any{contextVC, contextOB, contextExtensions}
	return encode(doc)
}

func (i Issuer) achievement(a certificate.Achievement) object {
	id := i.achievementAddress(a.Slug)
	out := object{
		"id": id, "type": []any{"Achievement"}, "achievementType": achievementType(a.Kind), "inLanguage": "ja",
		"name":        a.Name.JA,
		"description": description(a), "criteria": object{"id": id + "#criteria", "narrative": criteria(a)},
	}
	if a.Code != "" {
		out["humanCode"] = a.Code
	}
	// The edition of a skill's certificate is the level held: that is a result, and the achievement has all levels.
	if a.Edition != "" && a.Kind != certificate.KindSkill {
		out["version"] = a.Edition
	}
	var described, aligned []any
	for _, s := range a.Skills {
		described = append(described, i.describe(a, s))
		if s.ESCO != "" {
			aligned = append(aligned, object{
				"type": []any{"Alignment"}, "targetName": s.Title.JA, "targetUrl": escoSkill + s.ESCO, "targetCode": string(s.ID), "targetFramework": "ESCO",
			})
		}
	}
	if described != nil {
		out["resultDescription"] = described
	}
	if aligned != nil {
		out["alignment"] = aligned
	}
	return out
}

// achievementType is the kind of an achievement in the vocabulary of Open Badges 3.0 (AchievementType).
func achievementType(k certificate.Kind) string {
	if k == certificate.KindSkill {
		return "Competency"
	}
	return "Certificate"
}

// describe is what a skill's level means.
func (i Issuer) describe(a certificate.Achievement, s certificate.AchievementSkill) object {
	var levels []any
	for n, words := range s.Levels {
		if words.JA == "" {
			continue
		}
		levels = append(levels, object{
			"id": i.levelAddress(a.Slug, s.ID, skill.Level(n)), "type": []any{"RubricCriterionLevel"},
			"name": levelName(n), "level": number(n), "description": words.JA,
		})
	}
	return object{
		"id": i.skillAddress(a.Slug, s.ID), "type": []any{"ResultDescription"}, "name": s.Title.JA,
		"resultType": "RubricCriterionLevel", "rubricCriterionLevel": levels,
	}
}

// results are the levels held on the day.
func (i Issuer) results(c certificate.Claim) []any {
	out := []any{}
	for _, p := range c.Snapshot.Skills {
		out = append(out, object{
			"type": []any{"Result"}, "resultDescription": i.skillAddress(c.Achievement.Slug, p.Skill),
			"achievedLevel": i.levelAddress(c.Achievement.Slug, p.Skill, p.Level), "value": number(int(p.Level)),
		})
	}
	return out
}

func (i Issuer) achievementAddress(slug string) string { return i.address + "/achievements/" + slug }
func (i Issuer) statusAddress(n int) string            { return i.address + "/status/" + number(n) }
func (i Issuer) keyAddress(kid string) string          { return i.address + "/keys/" + kid }

func (i Issuer) skillAddress(slug string, s skill.ID) string {
	return i.achievementAddress(slug) + "#" + string(s)
}

func (i Issuer) levelAddress(slug string, s skill.ID, l skill.Level) string {
	return i.skillAddress(slug, s) + "-" + number(int(l))
}
