package lang

// actions has what is asked and told of actions.
func actions() []Text {
	return []Text{
		{"action.start", "Start", "启动"},
		{"action.stop", "Stop", "停止"},
		{"action.restart", "Restart", "重启"},
		{"action.cancel", "Cancel", "取消"},

		{"ask.stop", "Stop %v program?|Stop %v programs?", "停止 %v 个程序？"},
		{"ask.stop.one", "Stop %s?", "停止 %s？"},
		{"ask.stop.help", "It ends, and does not start again by itself until somebody starts it.", "程序将结束运行，在有人启动之前不会自动重新启动。"},
		{"ask.restart", "Restart %v program?|Restart %v programs?", "重启 %v 个程序？"},
		{"ask.restart.one", "Restart %s?", "重启 %s？"},
		{"ask.restart.help", "It is stopped and then started. What it does meanwhile is not done.", "程序将先停止再启动，期间无法提供服务。"},

		{"done.start", "%d program started.|%d programs started.", "已启动 %d 个程序。"},
		{"done.start.one", "%s started.", "%s 已启动。"},
		{"done.stop", "%d program stopped.|%d programs stopped.", "已停止 %d 个程序。"},
		{"done.stop.one", "%s stopped.", "%s 已停止。"},
		{"done.restart", "%d program restarted.|%d programs restarted.", "已重启 %d 个程序。"},
		{"done.restart.one", "%s restarted.", "%s 已重启。"},
		{"done.failed", "%s: %s.", "%s：%s。"},
		{"done.more", "And %d more failed.|And %d more failed.", "另有 %d 个失败。"},
		{"done.underway", "It takes long and goes on.", "耗时较长，仍在进行中。"},
		{"done.nothing", "Select at least one program first.", "请先选择至少一个程序。"},

		{"why.no-file", "its command does not exist", "命令不存在"},
		{"why.not-executable", "its command cannot be executed", "命令无法执行"},
		{"why.already-started", "it runs already", "已在运行"},
		{"why.spawn", "it could not be started", "无法启动"},
		{"why.abnormal", "it ended before it was up", "启动完成前已退出"},
		{"why.not-running", "it does not run", "未在运行"},
		{"why.bad-name", "there is no such program", "没有该程序"},
		{"why.shutting-down", "the daemon is shutting down", "守护进程正在关闭"},
	}
}
