// Package listener speaks Supervisor's protocol with event listeners
// (http://supervisord.org/events.html): it gives each event its text and its
// serials, keeps what a pool is still to be told, and judges what listeners
// answer. Starting and stopping their processes is left to supervise, what the
// events mean to who publishes them.
//
// Four things are better than in the original. Events are kept while the first
// listener of a pool is still starting. What a full buffer discards is counted,
// told once a burst, and stands in the description. A listener that breaks the
// protocol is replaced by a new child, with the reason in the description. And
// a rejected event goes back to its own pool alone.
package listener
