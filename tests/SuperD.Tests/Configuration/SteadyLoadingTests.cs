using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Files that change while they are read: the result is one version or the other, never a mixture.</summary>
public sealed class SteadyLoadingTests
{
    private const int Services = 40;

    [Test]
    public void A_directory_that_is_swapped_by_a_symbolic_link_is_never_read_half_and_half()
    {
        using var directory = new TempDir();
        MakeConfigMap(directory, "superd.toml");
        Swap(directory, 0);
        using var stop = new CancellationTokenSource();
        int version = 0;
        var swapper = new HelperThreads(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Swap(directory, Interlocked.Increment(ref version));
                stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(40));
            }
        });
        try
        {
            var seen = new HashSet<string>();
            Patience.Until(
                () =>
                {
                    LoadResult result = ConfigurationLoader.LoadSteadily(directory["superd.toml"], Able);
                    if (result.Server is not { } server)
                    {
                        // The files never stay unchanged long enough: that is reported, and nothing else.
                        Assert.That(
                            result.Diagnostics.Select(problem => problem.Message),
                            Has.All.StartsWith("the configuration has changed while it was read"));
                        return false;
                    }

                    Assert.That(result.HasErrors, Is.False, string.Join('\n', result.Diagnostics));
                    string[] versions = [.. server.Services.Select(service => service.Description!).Distinct()];
                    Assert.That(versions, Has.Length.EqualTo(1), "all files are of one version");
                    Assert.That(server.Services, Has.Length.EqualTo(Services));
                    seen.Add(versions[0]);
                    return seen.Count >= 10;
                },
                "ten versions were read");
        }
        finally
        {
            stop.Cancel();
            swapper.Join();
        }
    }

    [Test]
    public void Whatever_changes_after_it_was_read_is_noticed()
    {
        using ConfigurationFiles files = new();
        string list = files.Directory.Write("services.d/friends.txt", "192.0.2.1\n");
        files.Service("han", Listen + Exec + "only_from = '@friends.txt'\n");

        Assert.That(files.Load().IsSteady, Is.True);
        AssertNoticed(files, () => files.Service("han", Listen + Exec));
        AssertNoticed(files, () => files.Service("leia", Listen + Exec));
        AssertNoticed(files, () => files.Directory.Write("superd.toml", "max_handlers = 3\n"));
        files.Service("han", Listen + Exec + "only_from = '@friends.txt'\n");
        AssertNoticed(files, () => File.AppendAllText(list, "192.0.2.2\n"));
        AssertNoticed(files, () => File.Delete(files.Directory["services.d/leia.toml"]));
    }

    private static void AssertNoticed(ConfigurationFiles files, Action change)
    {
        LoadResult before = files.Load();
        change();
        Assert.That(before.IsSteady, Is.False);
    }

    /// <summary>The layout of a Kubernetes ConfigMap: symbolic links into ..data, which links to the directory of a version.</summary>
    private static void MakeConfigMap(TempDir directory, string superdToml)
    {
        directory.Write(superdToml, "");
        directory.MakeDirectory("services.d");
        for (int i = 0; i < Services; i++)
        {
            File.CreateSymbolicLink(directory[$"services.d/s{i}.toml"], $"..data/s{i}.toml");
        }
    }

    private static void Swap(TempDir directory, int version)
    {
        string name = $"..version{version}";
        for (int i = 0; i < Services; i++)
        {
            directory.Write($"services.d/{name}/s{i}.toml", $"{Listen}{Exec}description = \"{version}\"\n");
        }

        string? old = new FileInfo(directory["services.d/..data"]).LinkTarget;
        File.CreateSymbolicLink(directory["services.d/..data_tmp"], name);
        Assert.That(NativeMethods.Rename(directory["services.d/..data_tmp"], directory["services.d/..data"]), Is.Zero);
        if (old is not null)
        {
            Directory.Delete(directory[$"services.d/{old}"], recursive: true);
        }
    }
}
