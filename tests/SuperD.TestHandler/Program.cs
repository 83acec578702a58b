using SuperD.TestHandler;

// superd-test-handler VERB [ARGUMENT...]: the child under launch in the tests, one verb for each behaviour.
var verbs = new Dictionary<string, Func<string[], int>>
{
    // What it was given.
    ["env"] = Inspection.PrintEnvironment,
    ["args"] = Inspection.PrintArguments,
    ["fds"] = Inspection.PrintDescriptors,
    ["peername"] = Inspection.PrintPeerName,
    ["sockopt"] = Inspection.PrintSocketOptions,

    // What it says.
    ["echo"] = Speech.Echo,
    ["stderr"] = Speech.SayOnStderr,
    ["flood-stderr"] = Speech.FloodStderr,

    // How long it lives and how it ends.
    ["exit"] = Life.Exit,
    ["sleep"] = Life.Sleep,
    ["ignore-term"] = Life.IgnoreTerm,
    ["daemonize"] = Life.Daemonize,
    ["crash"] = Life.Crash,

    // With the service's own socket as fd 0 (wait = true).
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
