package lang

// states has the words for how processes and runs stand.
func states() []Text {
	return []Text{
		{"state.STOPPED", "Stopped", "已停止"},
		{"state.STARTING", "Starting", "启动中"},
		{"state.RUNNING", "Running", "运行中"},
		{"state.BACKOFF", "Backoff", "等待重试"},
		{"state.STOPPING", "Stopping", "停止中"},
		{"state.EXITED", "Exited", "已退出"},
		{"state.FATAL", "Fatal", "启动失败"},
		{"state.UNKNOWN", "Unknown", "未知"},

		{"how.status", "exit status %s", "退出码 %s"},
		{"how.signal", "terminated by %s", "被 %s 终止"},
		{"how.core", "terminated by %s (core dumped)", "被 %s 终止（已转储核心）"},
		{"how.early", "%s, before startsecs were over", "%s，未达到 startsecs"},
		{"how.no-file", "can't find command '%s'", "找不到命令“%s”"},
		{"how.not-executable", "command at '%s' is not executable", "命令“%s”不可执行"},
		{"how.directory", "command at '%s' is a directory", "命令“%s”是目录"},

		{"outcome.none", "Running", "运行中"},
		{"outcome.succeeded", "Succeeded", "成功"},
		{"outcome.failed", "Failed", "失败"},
		{"outcome.cancelled", "Cancelled", "已取消"},
		{"outcome.lost", "Lost", "丢失"},
		{"outcome.missed", "Missed", "错过"},
	}
}
