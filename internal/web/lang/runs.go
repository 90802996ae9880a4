package lang

// runs has the texts of runs, and of the pages /runs and /runs/….
func runs() []Text {
	return []Text{
		{"outcome.waiting", "Waiting", "等待中"},
		{"runs.outcome", "Outcome", "结果"},
		{"runs.scheduled", "Scheduled for", "计划时间"},
		{"runs.took", "Took", "耗时"},
		{"runs.error", "Error", "错误"},
		{"runs.manual", "by hand", "手动"},
		{"runs.manual-help", "Somebody asked for it", "由人工触发"},
		{"runs.attempt", "attempt %d|attempt %d", "第 %d 次尝试"},
		{"runs.skipped", "%d time skipped|%d times skipped", "跳过 %d 次"},
		{"ask.cancel-run", "Cancel %v run?|Cancel %v runs?", "取消 %v 次运行？"},
		{"ask.cancel-run.one", "Cancel the run %s?", "取消运行 %s？"},
		{"ask.cancel-run.help", "What it runs is stopped, wherever it is carried out. It is not tried again.", "无论在哪里执行都会被停止，且不会重试。"},
		{"action.cancel-run", "Cancel run", "取消运行"},
		{"done.cancel-run", "%d run is being cancelled.|%d runs are being cancelled.", "正在取消 %d 次运行。"},
		{"done.cancel-run.one", "The run %s is being cancelled.", "正在取消运行 %s。"},
	}
}
