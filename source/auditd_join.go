package source

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"goshawk/event"
)

// The joined event, one for each audit event, put together from its records, which are events of their own before it.
//
// Its Class is {auditd, event, ID} with ID
//
//	process  an execve or execveat that succeeded
//	file     a system call that succeeded and made, removed, renamed or may have written a file
//	network  connect or bind, with the address
//	user     what a program reports about a user: logins, accounts, sudo, services
//	other    anything else, a failed execve among it
//
// Its fields, those that there are:
//
//	time, serial, host     of the event; host is the node
//	type, types            the type of its first record, and the types of all, in order
//	arch, syscall          names, or the numbers if they are unknown
//	success, exit          success is yes or no, from a system call's success or a report's res
//	pid, ppid, tty, ses    ses is absent when unset
//	auid, uid, gid, euid, suid, fsuid, egid, sgid, fsgid
//	                       numbers, absent when unset, and for each the name (auid_name …) where the log has been enriched
//	comm, exe, key, subj   as the records say
//	cmdline, argv          the arguments joined by blanks, and as a list; a gap is null in the list and "(a3 missing)" in the
//	                       line; PROCTITLE stands in for the line, not for the list, where there are no arguments
//	cwd
//	paths                  the PATH records, a list of objects
//	path, nametype         the file acted on, resolved against cwd where that can be known, and what happened to it
//	old_path               what it was called before a rename
//	family, addr, port     of the socket address; socket is the path of a unix socket
//
// and after them every field that other records add (op, acct, terminal, hostname, res, apparmor …); one that records
// contradict each other about occurs once for each value.
var (
	auditFieldHost    = event.NameOf("host")
	auditFieldTypes   = event.NameOf("types")
	auditFieldSuccess = event.NameOf("success")
	auditFieldRes     = event.NameOf("res")
	auditFieldCmdline = event.NameOf("cmdline")
	auditFieldArgv    = event.NameOf("argv")
	auditFieldArgc    = event.NameOf("argc")
	auditFieldCwd     = event.NameOf("cwd")
	auditFieldPaths   = event.NameOf("paths")
	auditFieldName    = event.NameOf("name")
	auditFieldOldPath = event.NameOf("old_path")
	auditFieldSocket  = event.NameOf("socket")
	auditFieldTitle   = event.NameOf("proctitle")
	auditFieldSes     = event.NameOf("ses")
	auditFieldA       = [...]*event.Name{event.NameOf("a0"), event.NameOf("a1"), event.NameOf("a2")}
	auditFieldOflag   = event.NameOf("oflag")

	// auditPlainFields are taken over as they are.
	auditPlainFields = auditNamesOf("exit", "pid", "ppid", "tty", "comm", "exe", "key", "subj")
	// auditIdentities are the fields that number users and groups, with where their names stand: in enriched logs, and in
	// the records of AUOMS.
	auditIdentities = []auditIdentity{
		identity("auid", "AUID", "audit_user"), identity("uid", "UID", "user"), identity("gid", "GID", "group"),
		identity("euid", "EUID", "effective_user"), identity("suid", "SUID", "set_user"), identity("fsuid", "FSUID", "filesystem_user"),
		identity("egid", "EGID", "effective_group"), identity("sgid", "SGID", "set_group"), identity("fsgid", "FSGID", "filesystem_group"),
	}
	// auditJoined are the fields of records that the joined event has under the same or another name.
	auditJoined = auditSet(auditNamesOf("type", "node", "msg", "time", "serial", "arch", "syscall", "ARCH", "SYSCALL", "success",
		"ses", "syscall_r", "proctitle", "argc", "saddr", "SADDR"), auditPlainFields)
)

type auditIdentity struct{ number, name, enriched, auoms *event.Name }

func identity(number, enriched, auoms string) auditIdentity {
	return auditIdentity{event.NameOf(number), event.NameOf(number + "_name"), event.NameOf(enriched), event.NameOf(auoms)}
}

func auditNamesOf(names ...string) []*event.Name {
	all := make([]*event.Name, len(names))
	for i, n := range names {
		all[i] = event.NameOf(n)
	}
	return all
}

func auditSet(lists ...[]*event.Name) map[*event.Name]bool {
	set := map[*event.Name]bool{}
	for _, list := range lists {
		for _, n := range list {
			set[n] = true
		}
	}
	for _, id := range auditIdentities {
		set[id.number], set[id.enriched], set[id.auoms] = true, true, true
	}
	return set
}

// auditRecord is a record that has been read.
type auditRecord struct {
	auditHead
	fields event.Record
	marks  event.Marks
}

func (r *auditRecord) get(name *event.Name) event.Value { return auditFieldOf(&r.fields, 0, name) }

func (r *auditRecord) text(name *event.Name) string { return r.get(name).Text() }

// own returns the fields that the record has of its own, behind those that every record has.
func (r *auditRecord) own() []event.Field {
	for i, f := range r.fields.Fields {
		if f.Name == auditFieldSerial {
			return r.fields.Fields[i+1:]
		}
	}
	return r.fields.Fields
}

// joinAudit puts the joined event of some records together in ev. It keeps views of theirs.
func joinAudit(records []auditRecord, ev *event.Event) { new(auditJoiner).event(records, ev) }

// auditJoiner joins one event after the other. Its memory is that of the last event.
type auditJoiner struct {
	records []auditRecord
	ev      *event.Event
	main    *auditRecord
	call    *auditRecord // the system call; nil if there is none

	syscall string
	success string
	cwd     string

	arena event.Arena
	list  []event.Value
	args  auditArguments
	seen  map[auditPair]bool
}

// auditPair is a field by its text.
type auditPair struct {
	name *event.Name
	text string
}

// event puts the joined event of some records together in ev, which then holds until the next.
func (j *auditJoiner) event(records []auditRecord, ev *event.Event) {
	j.records, j.ev, j.main, j.call = records, ev, &records[0], nil
	j.syscall, j.success, j.cwd = "", "", ""
	j.arena.Reset()
	for i := range records {
		if r := &records[i]; r.number == auditSyscall || strings.HasPrefix(r.name, "AUOMS_") {
			j.main, j.call = r, r
			break
		}
	}
	j.join()
	j.records, j.ev, j.main, j.call = nil, nil, nil, nil
}

func (j *auditJoiner) add(name *event.Name, v event.Value) {
	if !v.IsAbsent() {
		j.ev.Record.Add(name, v)
	}
}

func (j *auditJoiner) addText(name *event.Name, text string) {
	if text != "" {
		j.ev.Record.Add(name, event.TextValue(text))
	}
}

func (j *auditJoiner) join() {
	first := &j.records[0]
	j.add(auditFieldTime, event.TimeValue(first.ticks))
	j.add(auditFieldSerial, first.get(auditFieldSerial))
	j.addText(auditFieldHost, first.node)
	j.addText(auditFieldType, first.name)
	j.list = j.list[:0]
	for i := range j.records {
		j.list = append(j.list, event.TextValue(j.records[i].name))
		j.ev.Marks |= j.records[i].marks
	}
	j.add(auditFieldTypes, j.arena.List(j.list))
	j.joinCall()
	for _, name := range auditPlainFields {
		j.add(name, j.main.get(name))
	}
	for i := range auditIdentities {
		j.joinIdentity(&auditIdentities[i])
	}
	if ses := j.main.text(auditFieldSes); !auditUnset(ses) {
		j.addText(auditFieldSes, ses)
	}
	j.joinArguments()
	for i := range j.records {
		if v := j.records[i].get(auditFieldCwd); !v.IsAbsent() {
			j.cwd = v.Text()
			j.addText(auditFieldCwd, j.cwd)
			break
		}
	}
	touched := j.joinPaths()
	connected := j.joinAddress()
	j.joinRest()
	j.ev.Class = auditEventClasses[j.kind(touched, connected)]
	if j.call == nil && auditAttached(j.main.number) {
		j.ev.Marks |= event.Fragment
	}
}

// joinCall adds what was called, and whether it worked.
func (j *auditJoiner) joinCall() {
	arch := j.main.text(auditFieldArch)
	call := j.main.get(auditFieldSYSCALL)
	if call.IsAbsent() {
		call = j.main.get(auditFieldSyscall)
	}
	if name := j.main.text(auditFieldARCH); name != "" {
		arch = name
	}
	if j.call != nil {
		j.syscall = call.Text()
	}
	j.addText(auditFieldArch, arch)
	j.add(auditFieldSyscall, call)
	j.success = j.main.text(auditFieldSuccess)
	if j.success == "" {
		switch j.main.text(auditFieldRes) {
		case "1", "yes", "success":
			j.success = "yes"
		case "0", "no", "failed", "fail":
			j.success = "no"
		}
	}
	j.addText(auditFieldSuccess, j.success)
}

// auditUnset says whether a number of a user, group or session is none.
func auditUnset(text string) bool {
	return text == "" || text == "4294967295" || text == "-1" || text == "unset"
}

func (j *auditJoiner) joinIdentity(id *auditIdentity) {
	if number := j.main.text(id.number); !auditUnset(number) {
		j.addText(id.number, number)
	}
	name := j.main.text(id.enriched)
	if name == "" && j.call != nil && j.call.number != auditSyscall {
		name = j.main.text(id.auoms)
	}
	if !auditUnset(name) && !strings.HasPrefix(name, "unknown(") {
		j.addText(id.name, name)
	}
}

// joinArguments adds the command line.
func (j *auditJoiner) joinArguments() {
	args := &j.args
	args.reset()
	for i := range j.records {
		if r := &j.records[i]; r.number == auditExecve {
			args.read(r.own())
		}
	}
	if args.any {
		line, list, whole := args.join()
		j.addText(auditFieldCmdline, line)
		j.add(auditFieldArgv, j.arena.List(list))
		if !whole {
			j.ev.Marks |= event.Fragment
		}
		return
	}
	for i := range j.records {
		r := &j.records[i]
		if line := r.get(auditFieldCmdline); !line.IsAbsent() {
			j.add(auditFieldCmdline, line)
			return
		}
		if title := r.get(auditFieldTitle); !title.IsAbsent() {
			j.add(auditFieldCmdline, title)
			return
		}
	}
}

// joinPaths adds the files, and says whether the call may have changed one of them.
func (j *auditJoiner) joinPaths() (touched bool) {
	j.list = j.list[:0]
	var chosen, old *auditRecord
	rank := 0
	for i := range j.records {
		r := &j.records[i]
		if r.number != auditPath {
			continue
		}
		j.list = append(j.list, j.arena.Object(r.own()))
		what := r.text(auditFieldNametype)
		if what == "DELETE" && old == nil {
			old = r
		}
		if n := auditPathRank(what); n > rank || n == rank && what == "CREATE" {
			chosen, rank = r, n
		}
	}
	if chosen == nil {
		return false
	}
	j.add(auditFieldPaths, j.arena.List(j.list))
	call, known := auditFileCalls[j.syscall]
	what := chosen.text(auditFieldNametype)
	j.addText(auditFieldPath, j.resolve(chosen.text(auditFieldName), call.at))
	j.addText(auditFieldNametype, what)
	if call.renames && old != nil && what == "CREATE" {
		j.addText(auditFieldOldPath, j.resolve(old.text(auditFieldName), call.oldAt))
	}
	if !known {
		return false
	}
	return what == "CREATE" || what == "DELETE" || what == "NORMAL" && j.writes(call)
}

// auditPathRank orders what a PATH record may say by how much it is what the call was about.
func auditPathRank(nametype string) int {
	switch nametype {
	case "CREATE":
		return 5
	case "DELETE":
		return 4
	case "NORMAL":
		return 3
	case "PARENT":
		return 1
	}
	return 2
}

// resolve returns a path of a record as an absolute one. A relative one counts from cwd, or from a directory that the
// process has open, which no record tells: it then stays relative.
func (j *auditJoiner) resolve(name string, at atArgument) string {
	if name == "" || name[0] == '/' {
		return cleanPath(name)
	}
	if at != noDirectory && j.call != nil {
		if n, err := strconv.ParseUint(j.call.text(auditFieldA[at-1]), 16, 64); err == nil && int32(n) != -100 { // AT_FDCWD
			return name
		}
	}
	if j.cwd == "" || j.cwd[0] != '/' {
		return name
	}
	return cleanPath(j.cwd + "/" + name)
}

func cleanPath(name string) string {
	if strings.Contains(name, "//") || strings.Contains(name, "/.") || len(name) > 1 && strings.HasSuffix(name, "/") {
		return path.Clean(name)
	}
	return name
}

// writes says whether a call that names an existing file may write to it.
func (j *auditJoiner) writes(call auditFileCall) bool {
	if call.flags == noFlags {
		return true
	}
	flags := ""
	if call.flags == flagsInRecord {
		for i := range j.records {
			if r := &j.records[i]; r.number == auditOpenat2 {
				flags = strings.TrimPrefix(r.text(auditFieldOflag), "0")
			}
		}
		n, err := strconv.ParseUint(flags, 8, 64)
		return err == nil && n&03 != 0
	}
	n, err := strconv.ParseUint(j.call.text(auditFieldA[call.flags]), 16, 64)
	return err == nil && n&03 != 0
}

// joinAddress adds the socket address, and says whether there is one.
func (j *auditJoiner) joinAddress() bool {
	for i := range j.records {
		r := &j.records[i]
		if r.number != auditSockaddr {
			continue
		}
		j.add(auditFieldFamily, r.get(auditFieldFamily))
		j.add(auditFieldAddr, r.get(auditFieldAddr))
		j.add(auditFieldPort, r.get(auditFieldPort))
		j.add(auditFieldSocket, r.get(auditFieldPath))
		return true
	}
	return false
}

// joinRest adds what the joined event has not got yet.
func (j *auditJoiner) joinRest() {
	taken := j.ev.Record.Fields[:len(j.ev.Record.Fields):len(j.ev.Record.Fields)]
	if len(j.seen) > 1<<10 {
		j.seen = nil
	}
	clear(j.seen)
	contributors := 0
	for i := range j.records {
		r := &j.records[i]
		if auditAttached(r.number) {
			continue
		}
		contributors++
		for _, f := range r.own() {
			if auditJoined[f.Name] || f.Name == auditFieldCwd || !auditFieldOf(&event.Record{Fields: taken}, 0, f.Name).IsAbsent() {
				continue
			}
			if len(j.records) > 1 {
				if j.seen == nil {
					j.seen = map[auditPair]bool{}
				}
				p := auditPair{f.Name, f.Value.Text()}
				if contributors > 1 && j.seen[p] {
					continue
				}
				j.seen[p] = true
			}
			if len(j.ev.Record.Fields) >= maxAuditPairs {
				j.ev.Marks |= event.Truncated
				return
			}
			j.ev.Record.Add(f.Name, f.Value)
		}
	}
}

// kind says what the event is about.
func (j *auditJoiner) kind(touched, connected bool) string {
	if j.call != nil {
		switch j.syscall {
		case "execve", "execveat":
			if j.success == "yes" {
				return "process"
			}
			return "other"
		case "connect", "bind":
			if connected {
				return "network"
			}
		case "socketcall": // i386: a0 is the call
			if a0 := j.call.text(auditFieldA[0]); connected && (a0 == "2" || a0 == "3") {
				return "network"
			}
		}
		if touched && j.success == "yes" {
			return "file"
		}
	}
	for i := range j.records {
		if n := j.records[i].number; auditFromUser(n) || n == auditLogin {
			return "user"
		}
	}
	return "other"
}

// The classes of joined events.
var auditEventClasses = func() map[string]*event.Class {
	all := map[string]*event.Class{}
	for _, id := range []string{"process", "file", "network", "user", "other"} {
		all[id] = event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: id})
	}
	return all
}()

// atArgument says which argument of a call is the directory that a relative path counts from.
type atArgument uint8

const (
	noDirectory atArgument = iota
	atA0
	atA1
	atA2
)

// auditFileCall is what a call does to files.
type auditFileCall struct {
	at, oldAt atArgument
	flags     int // the argument that says whether an existing file is opened for writing
	renames   bool
}

const (
	noFlags       = -1 // the call always changes the file
	flagsInRecord = -2 // an OPENAT2 record has them
)

// auditFileCalls are the calls that may change files.
var auditFileCalls = func() map[string]auditFileCall {
	calls := map[string]auditFileCall{
		"open":      {flags: 1},
		"openat":    {at: atA0, flags: 2},
		"openat2":   {at: atA0, flags: flagsInRecord},
		"rename":    {flags: noFlags, renames: true},
		"renameat":  {at: atA2, oldAt: atA0, flags: noFlags, renames: true},
		"renameat2": {at: atA2, oldAt: atA0, flags: noFlags, renames: true},
		"linkat":    {at: atA2, flags: noFlags},
		"symlinkat": {at: atA1, flags: noFlags},
	}
	for name := range strings.FieldsSeq(`creat truncate ftruncate unlink rmdir mkdir mknod link symlink chmod fchmod chown fchown lchown
		chown32 fchown32 lchown32 setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr utime utimes truncate64 ftruncate64`) {
		calls[name] = auditFileCall{flags: noFlags}
	}
	for name := range strings.FieldsSeq("unlinkat mkdirat mknodat fchmodat fchmodat2 fchownat utimensat futimesat setxattrat removexattrat") {
		calls[name] = auditFileCall{at: atA0, flags: noFlags}
	}
	return calls
}()

// auditClass returns the class of records of a type.
func auditClass(name string) *event.Class {
	return event.ClassOf(event.Class{Product: "auditd", Channel: "record", ID: name})
}

// missingArguments is what stands in a command line for arguments that no record holds.
func missingArguments(from, to int) string {
	if from == to {
		return fmt.Sprintf("(a%d missing)", from)
	}
	return fmt.Sprintf("(a%d to a%d missing)", from, to)
}
