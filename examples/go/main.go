// Command chat is a chat client for Parley: it joins a channel, prints what is said there and sends what is typed.
//
// When its gateway goes away it resumes on the next one and repeats what was not acked, so that nothing is lost or
// shown twice. It ends with its input, once everything is stored.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	pb "chat/parleyv1"
)

const (
	unackedMax = 100
	backoffMin = 200 * time.Millisecond
	backoffMax = 10 * time.Second
)

type chat struct {
	user, channel string
	lines         <-chan string     // Nil once the input has ended.
	positions     map[string]string // The last one given of each channel: where we resume.
	unacked       []*pb.Publish     // In the order of typing.
	joined        bool              // On the stream of now.
	backoff       time.Duration     // Grows until a stream works.
}

func (c *chat) done() bool { return c.lines == nil && len(c.unacked) == 0 }

func (c *chat) run(addresses []string) {
	for i := rand.Intn(len(addresses)); !c.done(); i++ {
		address := addresses[i%len(addresses)]
		if err := c.talk(address); err != nil {
			delay := time.Duration(rand.Int63n(int64(c.backoff)))
			fmt.Printf("* lost %s (%v), trying the next in %.1f s\n", address, err, delay.Seconds())
			time.Sleep(delay)
			if c.backoff *= 2; c.backoff > backoffMax {
				c.backoff = backoffMax
			}
		}
	}
}

// talk is one stream. It returns why another one is needed, or nil when all is done.
func (c *chat) talk(address string) error {
	// A connection that died without a word is noticed within 40 s.
	alive := keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithKeepaliveParams(alive))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := pb.NewChatClient(conn).Connect(context.Background())
	if err != nil {
		return err
	}
	hello := &pb.Hello{User: c.user, PersonalAfter: c.positions["@"+c.user]}
	join := &pb.Join{Channel: c.channel, After: c.positions[c.channel]}
	// A stream that cannot be written to says why when it is read.
	_ = stream.Send(&pb.ClientFrame{Frame: &pb.ClientFrame_Hello{Hello: hello}})
	_ = stream.Send(&pb.ClientFrame{Frame: &pb.ClientFrame_Join{Join: join}})

	c.joined = false
	events, ended := make(chan *pb.Event), make(chan error, 1)
	go func() { ended <- receive(stream, events) }()
	for !c.done() {
		lines := c.lines
		if !c.joined || len(c.unacked) == unackedMax {
			lines = nil // What is typed has to wait.
		}
		select {
		case err := <-ended:
			return err
		case event := <-events:
			if err := c.take(event, stream); err != nil {
				return err
			}
		case line, open := <-lines:
			if !open {
				c.lines = nil
			} else if line != "" {
				publish := &pb.Publish{Channel: c.channel, Id: uuid.NewString(), Content: line}
				c.unacked = append(c.unacked, publish)
				send(stream, publish)
			}
		}
	}
	return nil
}

func receive(stream pb.Chat_ConnectClient, events chan<- *pb.Event) error {
	for {
		frame, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, event := range frame.Events {
			select {
			case events <- event:
			case <-stream.Context().Done(): // Nobody takes it any more.
				return nil
			}
		}
	}
}

func send(stream pb.Chat_ConnectClient, publish *pb.Publish) {
	_ = stream.Send(&pb.ClientFrame{Frame: &pb.ClientFrame_Publish{Publish: publish}})
	publish.Retry = true // It may be stored from now on: whoever sends it again repeats it.
}

// take returns an error when another stream is needed.
func (c *chat) take(event *pb.Event, stream pb.Chat_ConnectClient) error {
	switch e := event.Event.(type) {
	case *pb.Event_Message:
		if e.Message.Previous > c.positions[e.Message.Channel] {
			return errors.New("it left out a message")
		}
		if e.Message.Channel != c.channel {
			fmt.Print("(direct) ")
		}
		fmt.Printf("%s: %s\n", e.Message.Sender, e.Message.Content)
		c.positions[e.Message.Channel], c.backoff = e.Message.Position, backoffMin
	case *pb.Event_Checkpoint:
		c.positions[e.Checkpoint.Channel], c.backoff = e.Checkpoint.Position, backoffMin
	case *pb.Event_Discontinuity:
		fmt.Println("* messages are missing: this log does not have them any more")
		c.positions[e.Discontinuity.Channel] = e.Discontinuity.Position
	case *pb.Event_Joined:
		if e.Joined.Recovery > pb.Recovery_RECOVERY_COMPLETE {
			fmt.Println("* messages are missing:", e.Joined.Recovery)
		}
		c.positions[e.Joined.Channel] = e.Joined.Position
		if e.Joined.Channel == c.channel {
			c.joined = true
			for _, publish := range c.unacked {
				send(stream, publish)
			}
		}
	case *pb.Event_Ack:
		c.settle(e.Ack.Id)
		c.backoff = backoffMin
	case *pb.Event_Drain:
		least, most := e.Drain.ReconnectAfterMinMs, e.Drain.ReconnectAfterMaxMs
		time.Sleep(time.Duration(least+uint32(rand.Int63n(int64(most-least)+1))) * time.Millisecond)
		return errors.New("it is about to stop")
	case *pb.Event_Error:
		if e.Error.Code < 300 { // It may work later, or elsewhere.
			return errors.New(e.Error.Message)
		}
		if !c.settle(e.Error.Id) {
			log.Fatalln(e.Error.Message)
		}
		fmt.Println("* not sent:", e.Error.Message)
	}
	return nil
}

// settle forgets a publish and returns whether there was one.
func (c *chat) settle(id string) bool {
	for i, publish := range c.unacked {
		if publish.Id == id {
			c.unacked = append(c.unacked[:i], c.unacked[i+1:]...)
			return true
		}
	}
	return false
}

func main() {
	addresses := flag.String("addresses", "127.0.0.1:50051", "gateways, as HOST:PORT,…")
	user := flag.String("user", "", "who you are")
	channel := flag.String("channel", "general", "the channel to join")
	flag.Parse()

	lines := make(chan string)
	go func() {
		for input := bufio.NewScanner(os.Stdin); input.Scan(); {
			lines <- strings.TrimSpace(input.Text())
		}
		close(lines)
	}()
	c := &chat{user: *user, channel: *channel, lines: lines, positions: map[string]string{}, backoff: backoffMin}
	c.run(strings.Split(*addresses, ","))
}
