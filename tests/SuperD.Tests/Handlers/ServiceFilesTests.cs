using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Handlers;

/// <summary>The service files that come with superd, and what they launch.</summary>
public sealed partial class ServiceFilesTests
{
    private static IEnumerable<string> ServiceFiles =>
        Directory.EnumerateFiles(Repository.PathOf("services.d"), "*.toml").Select(file => Path.GetRelativePath(Repository.Root, file));

    [TestCaseSource(nameof(ServiceFiles))]
    public void The_handler_of_a_service_file_can_be_executed(string file)
    {
        var exec = ExecKey().Match(File.ReadAllText(Repository.PathOf(file)));
        Assert.That(exec.Success, Is.True, "has an exec key");

        var handler = Path.Combine(Repository.PathOf("services.d"), exec.Groups["path"].Value);
        Assert.That(handler, Does.Exist);
        Assert.That(File.GetUnixFileMode(handler).HasFlag(UnixFileMode.UserExecute), Is.True, $"{handler} has its executable bit");
    }

    [GeneratedRegex("^exec *= *\"(?<path>[^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex ExecKey();
}
