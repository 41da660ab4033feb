package source

import (
	"bytes"
	"strings"

	"goshawk/event"
)

// The logs of Amazon's services that are lines of columns.

// Flows of a VPC in the default form (version 2): Class {aws, vpcflow}. The time is that of the start.
var _ = registerColumns(columnLog{
	format: Format{
		Name:        "aws-vpcflow",
		Doc:         "flow logs of an AWS VPC in the default form",
		Sourcetypes: []string{"aws:cloudwatchlogs:vpcflow", "aws:vpcflow*"},
	},
	class: event.Class{Product: "aws", Channel: "vpcflow"},
	columns: strings.Fields(`version account_id interface_id src_ip dest_ip src_port dest_port protocol packets bytes start_time
		end_time vpcflow_action log_status`),
	least: 14,
	fits: func(c [][]byte) bool {
		return isNumber(c[0]) && bytes.HasPrefix(c[2], []byte("eni-")) && isNumber(c[10]) && isNumber(c[11])
	},
	time:    func(c [][]byte) (int64, bool) { return auditTime(view(c[10])) },
	heading: func(line []byte) bool { return bytes.HasPrefix(line, []byte("version account")) },
})

// Requests to CloudFront without the lines that name the columns: Class {aws, cloudfront}. With them it is a W3C log.
var _ = registerColumns(columnLog{
	format: Format{
		Name:        "aws-cloudfront",
		Doc:         "access logs of CloudFront without their heading",
		Sourcetypes: []string{"aws:cloudfront:accesslogs"},
	},
	class: event.Class{Product: "aws", Channel: "cloudfront"},
	tabs:  true,
	columns: strings.Fields(`date time x_edge_location sc_bytes c_ip cs_method cs_host cs_uri_stem sc_status cs_referer cs_user_agent
		cs_uri_query cs_cookie x_edge_result_type x_edge_request_id x_host_header cs_protocol cs_bytes time_taken x_forwarded_for
		ssl_protocol ssl_cipher x_edge_response_result_type cs_protocol_version fle_status fle_encrypted_fields c_port
		time_to_first_byte x_edge_detailed_result_type sc_content_type sc_content_len sc_range_start sc_range_end`),
	least: 24,
	fits: func(c [][]byte) bool {
		_, _, ok := event.ParseTime(view(c[0]) + " " + view(c[1]))
		return ok && isNumber(c[3]) && len(c[8]) == 3
	},
	time: func(c [][]byte) (int64, bool) {
		ticks, _, ok := event.ParseTime(view(c[0]) + " " + view(c[1]))
		return ticks, ok
	},
	heading: func(line []byte) bool { return line[0] == '#' },
})

// Requests to buckets of S3: Class {aws, s3access}.
var _ = registerColumns(columnLog{
	format: Format{
		Name:        "aws-s3access",
		Doc:         "server access logs of S3",
		Sourcetypes: []string{"aws:s3:accesslogs"},
	},
	class: event.Class{Product: "aws", Channel: "s3access"},
	columns: strings.Fields(`bucket_owner bucket_name request_time remote_ip requester request_id operation key request_uri
		http_status error_code bytes_sent object_size total_time turn_around_time referer user_agent version_id host_id
		signature_version cipher_suite authentication_type host_header tls_version access_point_arn`),
	least: 17,
	fits: func(c [][]byte) bool {
		n, _ := namedMonthTime(c[2], nil)
		return n > 0 && bytes.IndexByte(c[6], '.') > 0 && len(c[0]) >= 32
	},
	time: func(c [][]byte) (int64, bool) {
		n, ticks := namedMonthTime(c[2], &syslogClock{})
		return ticks, n > 0
	},
})
