package lang

// overview has the texts of the page at /.
func overview() []Text {
	return []Text{
		{"nav.overview", "Overview", "总览"},
		{"overview.title", "Overview", "总览"},

		{"overview.running", "Programs running", "运行中的程序"},
		{"overview.of", "of %d", "共 %d 个"},
		{"overview.failing", "Failing", "异常"},
		{"overview.failing-none", "nothing", "无"},
		{"overview.attention", "Needs attention", "需要关注"},
		{"overview.attention-more", "and %d more|and %d more", "另有 %d 个"},

		{"programs.name", "Name", "名称"},
		{"programs.state", "State", "状态"},
		{"programs.since", "Since", "持续时间"},
		{"programs.cpu", "CPU", "CPU"},
		{"programs.memory", "Memory", "内存"},
		{"programs.restarts", "Restarts", "重启次数"},
		{"programs.end", "Last exit", "上次退出"},
		{"programs.actions", "Actions", "操作"},
		{"programs.never", "never started", "从未启动"},
		{"programs.next", "starts again in %s", "%s后重新启动"},
		{"programs.group-count", "%d of %d running", "运行中 %d / %d"},
		{"programs.group-failing", "%d failing|%d failing", "%d 个异常"},
		{"programs.select", "Select %s", "选择 %s"},
		{"programs.select-group", "Select all of %s", "选择 %s 的全部程序"},
		{"programs.single", "Programs on their own", "独立程序"},
		{"programs.select-single", "Select all programs on their own", "选择全部独立程序"},
		{"programs.line-cpu", "CPU of the last ten minutes", "最近十分钟的 CPU"},
		{"programs.line-memory", "Memory of the last ten minutes", "最近十分钟的内存"},
		{"programs.empty", "No programs yet", "还没有程序"},
		{"programs.empty-help", "Add a section to the configuration, then apply it:", "请在配置中添加一节，然后应用："},
		{"programs.none-found", "No program matches", "没有匹配的程序"},
		{"programs.clear-filter", "Show all", "显示全部"},

		{"filter.label", "Filter", "筛选"},
		{"filter.text", "Filter by name", "按名称筛选"},
		{"filter.group", "Group", "分组"},
		{"filter.all-groups", "All groups", "所有分组"},
		{"filter.state", "State", "状态"},
		{"filter.all-states", "All states", "所有状态"},
		{"filter.good", "Running", "运行中"},
		{"filter.bad", "Failing", "异常"},
		{"filter.busy", "Changing", "变化中"},
		{"filter.idle", "Not running", "未运行"},
		{"filter.apply", "Apply", "应用"},

		{"select.count", "%s selected", "已选择 %s 个"},
		{"select.bar", "For all that are selected", "对所选程序"},
		{"select.clear", "Clear selection", "取消选择"},
	}
}
