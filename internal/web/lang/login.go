package lang

// login has the texts of the login page.
func login() []Text {
	return []Text{
		{"login.title", "Log in", "登录"},
		{"login.where", "to %s", "登录到 %s"},
		{"login.name", "User name", "用户名"},
		{"login.password", "Password", "密码"},
		{"login.token", "Token", "令牌"},
		{"login.by-token", "Log in with a token", "使用令牌登录"},
		{"login.token-help", "You then have the role of the token. Its secret begins with wkt_.", "登录后具有该令牌的角色。令牌以 wkt_ 开头。"},
		{"login.submit", "Log in", "登录"},
		{"login.wrong", "That is not right. Check what you typed, and the configuration of the server.", "用户名、密码或令牌不正确，请检查输入和服务器配置。"},
		{"login.many", "Too many attempts failed. Try again in %s.", "失败次数过多，请在 %s后重试。"},
		{"login.out", "Log out", "退出登录"},
	}
}
