package escu

import "goshawk/diag"

// Story is a group of detections that belong together, with what an analyst should know about them.
type Story struct {
	Name, ID, Date, Author, Status string
	Version                        int
	Description, Narrative         string
	References, Categories         []string
	UseCase                        string
	Products, CVE, Groups          []string
	Path                           string
	Place                          diag.Span // of the name
}

func (f *File) readStory(r *reader) {
	r.document("story", func(m *fields) {
		name := m.must("name")
		s := &Story{Name: m.text("name"), ID: m.text("id"), Date: m.date(), Author: m.text("author"), Status: m.text("status"),
			Description: m.text("description"), Narrative: m.text("narrative"), References: m.texts("references"), Path: f.Source.Name}
		s.Version, _ = m.integer("version", 0, 1_000_000)
		m.known("type", "modification_date", "deprecation_info", "response_templates")
		tags := m.sub("tags")
		s.Categories, s.Products, s.CVE, s.Groups = both(m, tags, "category"), both(m, tags, "product"), both(m, tags, "cve"), both(m, tags, "group")
		if s.UseCase = m.text("usecase"); s.UseCase == "" && tags != nil {
			s.UseCase = tags.text("usecase")
		}
		if tags != nil {
			tags.known("analytic_story", "mitre_attack_id", "kill_chain_phases", "datamodels")
			tags.done()
		}
		if s.Name != "" {
			s.Place = r.places.Span(name.node)
			f.story = s
		}
	})
}
