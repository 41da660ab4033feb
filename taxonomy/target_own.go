package taxonomy

import (
	"embed"
	"slices"

	"goshawk/diag"
)

// WithTargets returns the taxonomy with a user's own targets of translations beside its own; one of the same name stands in for that.
// Every file must hold a target. On errors the taxonomy holds what could be read.
func (t *Taxonomy) WithTargets(files []*diag.Source) (*Taxonomy, diag.List) {
	all, diags := load(t, embed.FS{}) // a copy
	for _, file := range files {
		d := &document{src: file, diags: &diags}
		root := d.root()
		if root == nil {
			continue
		}
		name := valueOf(root, "target")
		if name == nil {
			d.errorf(root, "taxonomy-target", "the file holds no target of translations").Hint = "its first line is target: and a name"
			continue
		}
		target := d.readTarget(root)
		switch {
		case target.Name == "":
			d.errorf(name, "taxonomy-target", "the target has no name")
			continue
		case target.Language == "":
			d.errorf(root, "taxonomy-target", "the target %s has no language", target.Name).Hint = "language: kql, spl or sigma"
			continue
		case len(target.Sources) == 0:
			d.errorf(root, "taxonomy-target", "the target %s has no sources", target.Name).Hint = "sources: says which table has the events of which log source"
			continue
		}
		if i := slices.IndexFunc(all.ownTargets, func(o *Target) bool { return o.Name == target.Name }); i >= 0 {
			if slices.ContainsFunc(files, func(s *diag.Source) bool { return s != file && all.ownTargets[i].Sources[0].document.src == s }) {
				d.errorf(name, "taxonomy-target", "there are two targets %s", target.Name).Hint = "the other stands in " + all.ownTargets[i].Sources[0].document.src.Name
				continue
			}
			all.ownTargets[i] = target
		} else {
			all.ownTargets = append(all.ownTargets, target)
		}
		all.checkTarget(target)
	}
	return all, diags
}
