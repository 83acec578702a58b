// han in C#: greets the client, stays for five seconds, and exits. stdin and stdout are the client's socket.

Console.WriteLine("Welcome to Server, from Han!");

// Console.Out writes immediately, but a StreamWriter in its place would not, so a C# handler should always flush.
Console.Out.Flush();
Thread.Sleep(TimeSpan.FromSeconds(5));
