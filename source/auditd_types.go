package source

import "strings"

// auditTypes numbers the types of audit records, which appear as numbers where the kernel wrote them itself (syslog, dmesg)
// or as UNKNOWN[n] where the tools were older than the kernel. Each line starts at a number; names follow each other, a dot
// stands for a number without one.
const auditTypes = `
1005 USER LOGIN
1100 USER_AUTH USER_ACCT USER_MGMT CRED_ACQ CRED_DISP USER_START USER_END USER_AVC USER_CHAUTHTOK USER_ERR
1110 CRED_REFR USYS_CONFIG USER_LOGIN USER_LOGOUT ADD_USER DEL_USER ADD_GROUP DEL_GROUP DAC_CHECK CHGRP_ID
1120 TEST TRUSTED_APP USER_SELINUX_ERR USER_CMD USER_TTY CHUSER_ID GRP_AUTH SYSTEM_BOOT SYSTEM_SHUTDOWN SYSTEM_RUNLEVEL
1130 SERVICE_START SERVICE_STOP GRP_MGMT GRP_CHAUTHTOK MAC_CHECK ACCT_LOCK ACCT_UNLOCK USER_DEVICE SOFTWARE_UPDATE
1200 DAEMON_START DAEMON_END DAEMON_ABORT DAEMON_CONFIG DAEMON_RECONFIG DAEMON_ROTATE DAEMON_RESUME DAEMON_ACCEPT DAEMON_CLOSE DAEMON_ERR
1300 SYSCALL FS_WATCH PATH IPC SOCKETCALL CONFIG_CHANGE SOCKADDR CWD . EXECVE
1310 . IPC_SET_PERM MQ_OPEN MQ_SENDRECV MQ_NOTIFY MQ_GETSETATTR KERNEL_OTHER FD_PAIR OBJ_PID TTY
1320 EOE BPRM_FCAPS CAPSET MMAP NETFILTER_PKT NETFILTER_CFG SECCOMP PROCTITLE FEATURE_CHANGE REPLACE
1330 KERN_MODULE FANOTIFY TIME_INJOFFSET TIME_ADJNTPVAL BPF EVENT_LISTENER URINGOP OPENAT2 DM_CTRL DM_EVENT
1400 AVC SELINUX_ERR AVC_PATH MAC_POLICY_LOAD MAC_STATUS MAC_CONFIG_CHANGE MAC_UNLBL_ALLOW MAC_CIPSOV4_ADD MAC_CIPSOV4_DEL MAC_MAP_ADD
1410 MAC_MAP_DEL MAC_IPSEC_ADDSA MAC_IPSEC_DELSA MAC_IPSEC_ADDSPD MAC_IPSEC_DELSPD MAC_IPSEC_EVENT MAC_UNLBL_STCADD MAC_UNLBL_STCDEL MAC_CALIPSO_ADD MAC_CALIPSO_DEL
1420 MAC_TASK_CONTEXTS MAC_OBJ_CONTEXTS
1500 APPARMOR APPARMOR_AUDIT APPARMOR_ALLOWED APPARMOR_DENIED APPARMOR_HINT APPARMOR_STATUS APPARMOR_ERROR APPARMOR_KILL
1700 ANOM_PROMISCUOUS ANOM_ABEND ANOM_LINK ANOM_CREAT
1800 INTEGRITY_DATA INTEGRITY_METADATA INTEGRITY_STATUS INTEGRITY_HASH INTEGRITY_PCR INTEGRITY_RULE INTEGRITY_EVM_XATTR INTEGRITY_POLICY_RULE
2000 KERNEL
2100 ANOM_LOGIN_FAILURES ANOM_LOGIN_TIME ANOM_LOGIN_SESSIONS ANOM_LOGIN_ACCT ANOM_LOGIN_LOCATION ANOM_MAX_DAC ANOM_MAX_MAC ANOM_AMTU_FAIL ANOM_RBAC_FAIL ANOM_RBAC_INTEGRITY_FAIL
2110 ANOM_CRYPTO_FAIL ANOM_ACCESS_FS ANOM_EXEC ANOM_MK_EXEC ANOM_ADD_ACCT ANOM_DEL_ACCT ANOM_MOD_ACCT ANOM_ROOT_TRANS ANOM_LOGIN_SERVICE ANOM_LOGIN_ROOT
2120 ANOM_ORIGIN_FAILURES ANOM_SESSION
2200 RESP_ANOMALY RESP_ALERT RESP_KILL_PROC RESP_TERM_ACCESS RESP_ACCT_REMOTE RESP_ACCT_LOCK_TIMED RESP_ACCT_UNLOCK_TIMED RESP_ACCT_LOCK RESP_TERM_LOCK RESP_SEBOOL
2210 RESP_EXEC RESP_SINGLE RESP_HALT RESP_ORIGIN_BLOCK RESP_ORIGIN_BLOCK_TIMED
2300 USER_ROLE_CHANGE ROLE_ASSIGN ROLE_REMOVE LABEL_OVERRIDE LABEL_LEVEL_CHANGE USER_LABELED_EXPORT USER_UNLABELED_EXPORT DEV_ALLOC DEV_DEALLOC FS_RELABEL
2310 USER_MAC_POLICY_LOAD ROLE_MODIFY USER_MAC_CONFIG_CHANGE USER_MAC_STATUS
2400 CRYPTO_TEST_USER CRYPTO_PARAM_CHANGE_USER CRYPTO_LOGIN CRYPTO_LOGOUT CRYPTO_KEY_USER CRYPTO_FAILURE_USER CRYPTO_REPLAY_USER CRYPTO_SESSION CRYPTO_IKE_SA CRYPTO_IPSEC_SA
2500 VIRT_CONTROL VIRT_RESOURCE VIRT_MACHINE_ID VIRT_INTEGRITY_CHECK VIRT_CREATE VIRT_DESTROY VIRT_MIGRATE_IN VIRT_MIGRATE_OUT
`

// The types that the joining of records asks for.
const (
	auditLogin    = 1006
	auditSyscall  = 1300
	auditPath     = 1302
	auditSockaddr = 1306
	auditCwd      = 1307
	auditExecve   = 1309
	auditTTY      = 1319
	auditEOE      = 1320
	auditSeccomp  = 1326
	auditTitle    = 1327
	auditOpenat2  = 1337
	auditAVC      = 1400
	auditUserAVC  = 1107
	auditUserTTY  = 1124
	auditKernel   = 2000
)

// auditTypeNames and auditTypeNumbers are the table by number and by name.
var auditTypeNames, auditTypeNumbers = func() (map[int]string, map[string]int) {
	names, numbers := map[int]string{}, map[string]int{}
	for line := range strings.Lines(auditTypes) {
		next := 0
		for i, word := range strings.Fields(line) {
			if i == 0 {
				n, _ := digits(word)
				next = int(n)
				continue
			}
			if word != "." {
				names[next], numbers[word] = word, next
			}
			next++
		}
	}
	return names, numbers
}()

// auditTypeOf returns the number and name of a type as a record spells it: a name, a number, or UNKNOWN[number]. The number
// of a name that nobody knows is 0.
func auditTypeOf(spelled string) (number int, name string) {
	if n, ok := auditTypeNumbers[spelled]; ok {
		return n, auditTypeNames[n]
	}
	figure := spelled
	if rest, ok := strings.CutPrefix(figure, "UNKNOWN["); ok {
		figure = strings.TrimSuffix(rest, "]")
	}
	if n, ok := digits(figure); ok && n < 1<<16 {
		if name := auditTypeNames[int(n)]; name != "" {
			return int(n), name
		}
		return int(n), spelled
	}
	return 0, spelled
}

// auditAlone says whether a record of this type is an event by itself: what programs, the daemon and the kernel's own
// prints send is, what the kernel says about a system call is not.
func auditAlone(number int) bool {
	return 1100 <= number && number < 1300 || number >= auditKernel || number == 1005
}

// auditFromUser says whether a record was sent by a program on behalf of a user.
func auditFromUser(number int) bool {
	return 1100 <= number && number < 1200 || 2100 <= number && number < 3000 || number == 1005
}

// auditAttached says whether a record only tells more about the system call of another record.
func auditAttached(number int) bool {
	switch number {
	case auditPath, auditSockaddr, auditCwd, auditExecve, auditTitle, auditOpenat2:
		return true
	}
	return false
}
