using SuperD.TestHandler;

// superd-test-handler VERB [ARGUMENT...]: the program that the tests launch as a handler, with one verb for each behaviour.
var verbs = new Dictionary<string, Func<string[], int>>
{
    // Its inheritance.
    ["env"] = Inspection.PrintEnvironment,
    ["args"] = Inspection.PrintArguments,
    ["fds"] = Inspection.PrintDescriptors,
    ["peername"] = Inspection.PrintPeerName,
    ["sockopt"] = Inspection.PrintSocketOptions,
    ["tcpopt"] = Inspection.PrintTcpOptions,

    // Its output.
    ["echo"] = Speech.Echo,
    ["stderr"] = Speech.SayOnStderr,
    ["flood-stderr"] = Speech.FloodStderr,

    // Its lifetime and its end.
    ["exit"] = Life.Exit,
    ["sleep"] = Life.Sleep,
    ["ignore-term"] = Life.IgnoreTerm,
    ["daemonize"] = Life.Daemonize,
    ["crash"] = Life.Crash,

    // For services with wait = true: fd 0 is the service's own socket.
    ["accept"] = WaitService.Accept,
    ["exit-without-accept"] = WaitService.ExitWithoutAccept,
    ["dgram"] = WaitService.AnswerDatagram,
    ["dgram-unless"] = WaitService.AnswerDatagramUnless,
    ["dgram-length"] = WaitService.AnswerWithLength,
    ["dgram-env"] = WaitService.AnswerWithEnvironment,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out var verb))
{
    Console.Error.WriteLine($"usage: superd-test-handler {string.Join('|', verbs.Keys)} [ARGUMENT...]");
    return 64;
}

return verb(args[1..]);
