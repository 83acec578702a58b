SuperD.Linux.StandardDescriptors.Fill();
SuperD.Cli.CrashReporter.Install();
return SuperD.Cli.CommandLine.Run(args);
