return SuperD.Cli.CommandLine.Run(args);
