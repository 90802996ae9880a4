package lang

// frame has what stands around every page.
func frame() []Text {
	return []Text{
		{"frame.skip", "Skip to the content", "跳到正文"},
		{"frame.nav", "Pages", "页面"},
		{"frame.where", "Where this page belongs", "当前位置"},
		{"frame.live", "Live", "实时"},
		{"frame.connecting", "Connecting", "正在连接"},
		{"frame.stale", "Not up to date: the connection is lost, and tried again", "数据可能过时：连接已断开，正在重试"},
		{"frame.static", "As of the time when the page was loaded", "页面加载时的状态"},
		{"frame.role", "Your role: %s", "您的角色：%s"},
		{"frame.api", "API", "API"},
		{"frame.classic", "Classic page", "经典页面"},
		{"frame.compatible", "compatible with Supervisor %s", "兼容 Supervisor %s"},
		{"frame.close", "Close", "关闭"},
		{"frame.failed", "That did not work", "操作失败"},

		{"role.read", "read", "只读"},
		{"role.operate", "operate", "操作"},
		{"role.admin", "admin", "管理员"},

		{"unit.times", "d,h,min,s", "天,小时,分,秒"},
		{"unit.in", "in %s", "%s后"},
		{"unit.ago", "%s ago", "%s前"},

		{"fault.title", "Something is not right", "出错了"},
		{"fault.missing", "There is nothing at this address.", "此地址没有内容。"},
		{"fault.missing-help", "It may have been removed since. The overview shows what there is.", "它可能已被移除。请在总览中查看现有内容。"},
		{"fault.forbidden", "Your role does not permit this.", "您的角色无权执行此操作。"},
		{"fault.forbidden-help", "It takes the role %s. Ask whoever runs this server.", "需要角色“%s”。请联系服务器管理员。"},
		{"fault.site", "The request came from another site and was refused.", "请求来自其他网站，已被拒绝。"},
		{"fault.site-help", "Open this page itself and try again. A proxy in between must keep Host or set X-Forwarded-Host.",
			"请直接打开本页面后重试。中间的代理必须保留 Host 或设置 X-Forwarded-Host。"},
		{"fault.session", "The form is of another session, or of one that is over.", "该表单属于其他会话或已结束的会话。"},
		{"fault.session-help", "Load the page again and repeat what you did.", "请重新加载页面后重试。"},
		{"fault.form", "The request could not be read.", "无法读取请求。"},
		{"fault.form-help", "Go back, load the page again, and repeat what you did.", "请返回并重新加载页面，然后重试。"},
		{"fault.internal", "The page could not be made.", "无法生成页面。"},
		{"fault.internal-help", "The log of the daemon says why.", "原因请查看守护进程日志。"},
		{"fault.back", "Back to the overview", "返回总览"},
	}
}
