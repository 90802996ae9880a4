package lang

// calendar has the texts of the page at /calendar.
func calendar() []Text {
	return []Text{
		{"nav.calendar", "Calendar", "日程"},
		{"calendar.title", "Calendar", "日程"},
		{"calendar.span-day", "Next 24 hours", "未来 24 小时"},
		{"calendar.span-week", "Next 7 days", "未来 7 天"},
		{"calendar.total", "Runs to come", "预计运行次数"},
		{"calendar.jobs", "Jobs that are due", "涉及任务"},
		{"calendar.peak", "Most at once", "最集中时段"},
		{"calendar.peak-at", "from %s to %s", "%s 至 %s"},
		{"calendar.load-day", "Runs in each quarter of an hour", "每 15 分钟的运行次数"},
		{"calendar.load-week", "Runs in each hour", "每小时的运行次数"},
		{"calendar.part", "%d run, %s to %s|%d runs, %s to %s", "%d 次运行，%s 至 %s"},
		{"calendar.day", "%d run on %s|%d runs on %s", "%d 次运行，%s"},
		{"calendar.bars", "%d run in the next 24 hours|%d runs in the next 24 hours", "未来 24 小时内 %d 次运行"},
		{"calendar.crowds", "Where it crowds", "集中时段"},
		{"calendar.crowd", "%d run|%d runs", "%d 次运行"},
		{"calendar.crowd-jobs", "such as %s", "例如 %s"},
		{"calendar.no-crowds", "Nowhere: the runs are spread well.", "没有明显集中的时段。"},
		{"calendar.crowds-help", "Move some to another minute, or give them splay: a delay that is always the same for a job.", "可将部分任务移到其他分钟，或设置 splay（每个任务固定的延迟）。"},
		{"calendar.planned", "Jobs", "任务"},
		{"calendar.first", "First", "首次"},
		{"calendar.then", "Then", "随后"},
		{"calendar.count", "Runs", "次数"},
		{"calendar.hidden", "and %d more job: filter to see it|and %d more jobs: filter to see them", "另有 %d 个任务，可通过筛选查看"},
		{"calendar.nothing", "Nothing is due in this time", "这段时间内没有任务"},
		{"calendar.nothing-help", "Paused jobs are not counted, nor those whose times are over.", "已暂停或已结束的任务不计入。"},

		{"clocks.title", "Changes of clocks", "时钟调整"},
		{"clocks.now", "In this time", "在此期间"},
		{"clocks.forward", "%s: on %s at %s clocks go forward to %s, by %s.", "%s：%s %s 时钟拨快至 %s（%s）。"},
		{"clocks.back", "%s: on %s at %s clocks go back to %s, by %s.", "%s：%s %s 时钟拨慢至 %s（%s）。"},
		{"clocks.no-effect", "No job runs twice or is skipped by that.", "没有任务因此重复运行或被跳过。"},
		{"clocks.never", "The clocks of these jobs are not changed.", "这些任务所在时区不调整时钟。"},

		{"weekday.Monday", "Mon", "周一"},
		{"weekday.Tuesday", "Tue", "周二"},
		{"weekday.Wednesday", "Wed", "周三"},
		{"weekday.Thursday", "Thu", "周四"},
		{"weekday.Friday", "Fri", "周五"},
		{"weekday.Saturday", "Sat", "周六"},
		{"weekday.Sunday", "Sun", "周日"},
	}
}
