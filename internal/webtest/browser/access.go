package browser

import (
	"encoding/json"
	"slices"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// Control is something on a page that a person can use, as a screen reader tells it.
type Control struct{ Role, Name string }

// Controls are all of the page, from its accessibility tree.
func (tab *Tab) Controls() []Control {
	tab.t.Helper()
	tree, err := chromedp.Call(tab.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		tab.t.Fatalf("ask for the accessibility tree: %v", err)
	}
	var all []Control
	for _, node := range tree.Nodes {
		if c := (Control{tab.text(node.Role), tab.text(node.Name)}); !node.Ignored && isControl(c.Role) {
			all = append(all, c)
		}
	}
	return all
}

// isControl: the roles of widgets of WAI-ARIA 1.2, section 5.3.2, and those that
// Chromium has of its own.
func isControl(role string) bool {
	return slices.Contains([]string{
		"button", "checkbox", "combobox", "DateTime", "Date", "DisclosureTriangle", "gridcell", "link", "listbox", "menuitem", "option",
		"radio", "searchbox", "slider", "spinbutton", "switch", "tab", "textbox", "treeitem",
	}, role)
}

// text is a value of the tree.
func (tab *Tab) text(v *accessibility.Value) (text string) {
	if v == nil {
		return ""
	}
	if err := json.Unmarshal(v.Value, &text); err != nil {
		tab.t.Fatalf("the accessibility tree has %s: %v", v.Value, err)
	}
	return text
}
