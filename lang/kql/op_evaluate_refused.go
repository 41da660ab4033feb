package kql

// Plugins that are known and not run.

func init() {
	for reason, names := range map[string][]string{
		"its result comes from a statistical search whose steps are not published": {"autocluster", "basket", "diffpatterns", "diffpatterns_text"},
		"programs are not run inside of a query":                                   {"python", "r"},
		"nothing outside is asked while a query runs": {"sql_request", "cosmosdb_sql_request", "mysql_request", "postgresql_request", "azure_digital_twins_query_request", "http_request",
			"http_request_post", "ai_chat_completion", "ai_chat_completion_prompt", "ai_embed_text", "ai_embeddings", "infer_storage_schema", "infer_storage_schema_with_suggestions"},
		"it is not written yet": {"activity_engagement", "activity_metrics", "new_activity_metrics", "dcount_intersect", "funnel_sequence", "funnel_sequence_completion", "sequence_detect",
			"sliding_window_counts", "rolling_percentile", "rows_near", "preview"},
		"it is a join with a condition; write `extend k = 1 | join (… | extend k = 1) on k | where geo_point_in_polygon(…)`":            {"geo_polygon_lookup"},
		"it is a join with a condition; write `extend k = 1 | join (… | extend k = 1) on k | where geo_distance_point_to_line(…) <= …`": {"geo_line_lookup"},
	} {
		for _, name := range names {
			definePlugin(name, plugin{refused: reason})
		}
	}
}
