// Command foreign talks like a client of one of the services that Parley replaces, knowing nothing but its .proto file.
//
// Usage: foreign chat-service|broadcast|chat|channels ADDRESS [USER CHANNEL]
//
// It says each line of stdin (`@USER TEXT`: to that user alone) and prints what it is told, one JSON object a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "foreign/chat"
)

func show(fields map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(fields); err != nil {
		log.Fatalln(err)
	}
}

func check(err error) {
	if err != nil {
		log.Fatalln(err)
	}
}

func eachLine(say func(line string)) {
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		say(strings.TrimRight(input.Text(), "\r"))
	}
}

// listen shows what is received until the server ends the stream well.
func listen[T any](receive func() (T, error), fields func(T) map[string]any) {
	for {
		told, err := receive()
		if err == io.EOF {
			return
		}
		check(err)
		show(fields(told))
	}
}

func talkChatService(connection *grpc.ClientConn, user, channel string) {
	stream, err := pb.NewChatServiceClient(connection).ChatStream(context.Background())
	check(err)
	check(stream.Send(&pb.ChatMessage{Sender: user, Channel: channel}))
	go func() {
		eachLine(func(line string) {
			message := &pb.ChatMessage{Sender: user, Channel: channel, Content: line}
			if receiver, text, found := strings.Cut(line, " "); found && strings.HasPrefix(line, "@") {
				message.Receiver, message.Content = receiver[1:], text
			}
			check(stream.Send(message))
		})
		check(stream.CloseSend())
	}()
	listen(stream.Recv, func(told *pb.ChatMessage) map[string]any {
		return map[string]any{"sender": told.Sender, "content": told.Content, "receiver": told.Receiver,
			"channel": told.Channel}
	})
}

func talkBroadcast(connection *grpc.ClientConn, user string) {
	client := pb.NewBroadcastClient(connection)
	stream, err := client.CreateStream(context.Background(),
		&pb.Connect{User: &pb.User{Id: user, Name: user}, Active: true})
	check(err)
	go listen(stream.Recv, func(told *pb.Message) map[string]any {
		return map[string]any{"sender": told.Id, "content": told.Content}
	})
	eachLine(func(line string) {
		_, err := client.BroadcastMessage(context.Background(), &pb.Message{Id: user, Content: line})
		check(err)
	})
}

func talkChat(connection *grpc.ClientConn, user string) {
	stream, err := pb.NewChatClient(connection).Stream(context.Background())
	check(err)
	check(stream.Send(&pb.ChatStream{Event: &pb.ChatStream_Login_{Login: &pb.ChatStream_Login{Username: user}}}))
	go func() {
		eachLine(func(line string) {
			message := &pb.ChatStream_Message{Author: user, Content: line}
			check(stream.Send(&pb.ChatStream{Event: &pb.ChatStream_Message_{Message: message}}))
		})
		check(stream.Send(&pb.ChatStream{Event: &pb.ChatStream_Logout_{Logout: &pb.ChatStream_Logout{}}}))
	}()
	listen(stream.Recv, func(told *pb.ChatStream) map[string]any {
		return map[string]any{"sender": told.GetMessage().GetAuthor(), "content": told.GetMessage().GetContent()}
	})
}

func main() {
	log.SetFlags(0)
	service, address := os.Args[1], os.Args[2]
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer connection.Close()
	switch service {
	case "chat-service":
		talkChatService(connection, os.Args[3], os.Args[4])
	case "broadcast":
		talkBroadcast(connection, os.Args[3])
	case "chat":
		talkChat(connection, os.Args[3])
	case "channels":
		listed, err := pb.NewChatServiceClient(connection).ListChannels(context.Background(), &pb.ListChannelsRequest{})
		check(err)
		show(map[string]any{"channels": listed.ChannelIds})
	}
}
