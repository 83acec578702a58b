// han in C#: greets, stays for five seconds, ends. stdin and stdout are the client's socket.

Console.WriteLine("Welcome to Server, from Han!");

// Console.Out writes at once by itself; a StreamWriter put in its place would not, so a handler in C# always flushes.
Console.Out.Flush();
Thread.Sleep(TimeSpan.FromSeconds(5));
