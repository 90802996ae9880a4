package chaos

import (
	"fmt"
	"net"
	"sync"
)

// Proxy stands between clients and a server, and can cut and stall what goes
// through it. Its methods may be called concurrently.
type Proxy struct {
	listener net.Listener
	network  string // of the server
	address  string

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // both ends of each connection
	gate   chan struct{}         // bytes wait for it to close; nil: they flow
	closed bool
	serve  sync.WaitGroup
}

// NewProxy listens on a port of its own and passes everything on to the
// server at address.
func NewProxy(network, address string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for a proxy of %s: %w", address, err)
	}
	p := &Proxy{listener: l, network: network, address: address, conns: make(map[net.Conn]struct{})}
	p.serve.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut ends all connections at once. New ones may be made.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		abort(c)
	}
}

// Stall holds all bytes back, of new connections too, until the function that
// it returns is called.
func (p *Proxy) Stall() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gate != nil {
		return func() {}
	}
	gate := make(chan struct{})
	p.gate = gate
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.gate = nil
		close(gate)
	})
}

// Close ends the proxy and all connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	err := p.listener.Close()
	gate := p.gate
	p.gate = nil
	p.mu.Unlock()
	if gate != nil {
		close(gate)
	}
	p.Cut()
	p.serve.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.serve.Go(func() { p.connect(client) })
	}
}

// connect carries one connection.
func (p *Proxy) connect(client net.Conn) {
	defer client.Close()
	p.pass()
	server, err := net.Dial(p.network, p.address)
	if err != nil {
		abort(client) // as if the server had refused it
		return
	}
	defer server.Close()
	if !p.hold(client, server) {
		return
	}
	defer p.drop(client, server)
	var both sync.WaitGroup
	both.Go(func() { p.carry(server, client) })
	both.Go(func() { p.carry(client, server) })
	both.Wait()
}

// carry moves bytes from one end to the other and then ends both.
func (p *Proxy) carry(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.pass()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil { // io.EOF, too
			break
		}
	}
	// The other direction ends, too; there is nobody to tell what fails.
	_ = to.Close()
	_ = from.Close()
}

// pass waits while bytes are held back.
func (p *Proxy) pass() {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

func (p *Proxy) hold(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return !p.closed
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// abort ends a connection by a reset, as a cut does; what it says is unsent.
func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
