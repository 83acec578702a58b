using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace SuperD.Linux;

/// <summary>
/// The user namespaces in which a superd without root may become users that it has by subuid(5). One for each range; any thread.
/// </summary>
/// <remarks>
/// The users have the same numbers inside and outside. There is no root among them, and no set-user-id program has one to become. The
/// kernel gives superd's user, who has made the namespace, every privilege over what is in it: superd may signal the processes.
/// newuidmap(1) and newgidmap(1), set-user-id programs of the machine, write the users into the namespace, if the files allow it.
/// </remarks>
public static class UserNamespace
{
    /// <summary>The most users of one request to <see cref="RemoveCommand"/>; its answer fits into a pipe.</summary>
    public const int MostRemoved = 4096;

    /// <summary>The hidden command of superd that <see cref="RemoveTraces"/> runs: it answers with <see cref="WriteRemoval"/>.</summary>
    public const string RemoveCommand = "remove-traces";

    /// <summary>The last word of an answer: without it the process has not come to its end.</summary>
    private const string Done = "done";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <summary>There may be millions of files on a slow disk.</summary>
    private static readonly TimeSpan s_longestRemoval = TimeSpan.FromMinutes(10);

    /// <summary>Where distributions have the two programs. Not PATH, which anybody may have set.</summary>
    private static readonly string[] s_places = ["/usr/bin", "/bin", "/usr/local/bin", "/run/wrappers/bin"];

    /// <summary>What it takes to remove the files of these users, and to become one of them.</summary>
    private static readonly CapabilitySet s_removing = CapabilitySet.Of("dac_override", "fowner", "setuid");

    private static readonly Lock s_making = new();

    /// <summary>Those that were made; another array with each of them, so that nobody waits.</summary>
    private static volatile Made[] s_made = [];

    /// <summary>The namespace of a range, if it has been made.</summary>
    public static bool TryGet(UserRange users, [NotNullWhen(true)] out NamespaceSet? made)
    {
        made = Array.Find(s_made, one => one.Users == users)?.Namespace;
        return made is not null;
    }

    /// <summary>Makes that of a range, unless there is one. Blocks: not on the loop.</summary>
    /// <returns>Null, or what superd could not do.</returns>
    public static UserNamespaceError? Make(UserRange users)
    {
        lock (s_making)
        {
            UserNamespaceError? error = null;
            if (!TryGet(users, out _) && (error = Make(users, out NamespaceSet? made)) is null)
            {
                s_made = [.. s_made, new Made(users, made!)]; // there is no error
            }

            return error;
        }
    }

    /// <summary>
    /// <see cref="UserTraces.Remove"/>, for users of a namespace by a process in there. Blocks: not on the loop.
    /// </summary>
    /// <param name="example">The path of something that is left; null if none is known.</param>
    /// <returns>Those of whom something is left, or may be.</returns>
    public static HashSet<uint> RemoveTraces(IReadOnlySet<uint> users, out string? example)
    {
        example = null;
        HashSet<uint> others = [.. users];
        HashSet<uint> left = [];
        foreach (Made one in s_made)
        {
            HashSet<uint> inside = [.. others.Where(one.Users.Contains)];
            others.ExceptWith(inside);
            uint[] owners = [.. UserTraces.FindOwners(inside)]; // mostly there are none, and no process
            for (int first = 0; first < owners.Length; first += MostRemoved)
            {
                uint[] some = owners[first..Math.Min(first + MostRemoved, owners.Length)];
                left.UnionWith(RemoveBy(one.Namespace, some, ref example) ?? [.. some]);
            }
        }

        left.UnionWith(UserTraces.Remove(others, becomes: false, out string? other));
        example ??= other;
        return left;
    }

    /// <summary>Kills all processes of a user at once, so that none can fork away. Blocks: not on the loop.</summary>
    public static void KillAll(uint user)
    {
        NamespaceSet? made = Array.Find(s_made, one => one.Users.Contains(user))?.Namespace;
        _ = WaitedChild.Run(LaunchPlan.OfKiller(user, made), s_longest);
    }

    /// <summary>What the process of <see cref="RemoveTraces"/> writes to stdout.</summary>
    /// <param name="users">Its argument.</param>
    /// <returns>Nothing when it could not look.</returns>
    public static string WriteRemoval(string users)
    {
        try
        {
            return UserRange.TryParseAll(users, MostRemoved, out HashSet<uint> ids)
                ? $"{UserRange.Format(UserTraces.Remove(ids, becomes: true, out string? example))} {Done}\n{example}"
                : "";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static UserNamespaceError? Make(UserRange users, out NamespaceSet? made)
    {
        made = null;
        if (!WaitedChild.TryStart(LaunchPlan.OfUserNamespace(), out WaitedChild? child, out LaunchError failed))
        {
            return new UserNamespaceError(failed.Step, failed.Errno, "");
        }

        using (child)
        {
            if (!child.WaitForLastStep(s_longest))
            {
                failed = child.Error ?? new LaunchError("unshare(user)", Errno.EINTR); // somebody has killed it
                return new UserNamespaceError(failed.Step, failed.Errno, "");
            }

            UserNamespaceError? error =
                Write("newuidmap", "uid_map", child.Pid, users) ?? Write("newgidmap", "gid_map", child.Pid, users);
            if (error is not null)
            {
                return error;
            }

            SysResult opened = NamespaceSet.Open(child.Pid, NamespaceSet.CLONE_NEWUSER, out made);
            return opened.IsError ? new UserNamespaceError("open(/proc/PID/ns/user)", opened.Errno, "") : null;
        }
    }

    /// <summary>Has one of the two programs write the users into a process's namespace.</summary>
    /// <param name="map">Its file in /proc, by which it shows what has been written.</param>
    private static UserNamespaceError? Write(string program, string map, int pid, UserRange users)
    {
        if (s_places.Select(place => $"{place}/{program}").FirstOrDefault(File.Exists) is not { } path)
        {
            return new UserNamespaceError(program, Errno.ENOENT, "");
        }

        string first = users.First.ToString(CultureInfo.InvariantCulture);
        string count = users.Count.ToString(CultureInfo.InvariantCulture);
        string[] command = [path, pid.ToString(CultureInfo.InvariantCulture), first, first, count];
        LaunchError? error = Run(command, users: null, default, [], s_longest, out string said);
        bool isWritten = KernelFile.ReadLines($"/proc/{pid}/{map}").Length > 0;
        return isWritten ? null : new UserNamespaceError(program, error?.Errno ?? 0, said.Trim());
    }

    private static HashSet<uint>? RemoveBy(NamespaceSet made, uint[] users, ref string? example)
    {
        string[] command = [.. OwnProgram(), RemoveCommand, UserRange.Format(users)];
        string[] environment =
            [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}")];
        _ = Run(command, made, s_removing, environment, s_longestRemoval, out string said);
        string[] answer = said.Split('\n', 2);
        if (!answer[0].EndsWith(Done, StringComparison.Ordinal)
            || !UserRange.TryParseAll(answer[0][..^Done.Length], MostRemoved, out HashSet<uint> left))
        {
            return null;
        }

        example ??= answer is [_, { Length: > 1 } path] ? path.TrimEnd() : null;
        return left;
    }

    /// <summary>superd itself, whatever its path leads to by now; a managed build needs its runtime for that.</summary>
    private static string[] OwnProgram() => Path.GetFileName(Environment.ProcessPath) == "dotnet"
        ? ["/proc/self/exe", Path.Combine(AppContext.BaseDirectory, "superd.dll")]
        : ["/proc/self/exe"];

    /// <summary>Runs a program to its end, and reads the first part of what it prints.</summary>
    private static LaunchError? Run(
        string[] command, NamespaceSet? users, CapabilitySet capabilities, string[] environment, TimeSpan longest, out string said)
    {
        const int LargestOutput = 64 * 1024; // more would not fit into the pipe, and the program would wait
        said = "";
        SysResult pipe = Pipe.Create(out Fd? readEnd, out Fd? writeEnd);
        if (pipe.IsError)
        {
            return new LaunchError("pipe2", pipe.Errno);
        }

        using (readEnd)
        using (writeEnd)
        using (var devNull = File.OpenHandle("/dev/null"))
        {
            var input = new Fd((int)devNull.DangerousGetHandle()); // the handle closes it
            LaunchPlan plan = LaunchPlan.OfOwnProgram(command, input, writeEnd!, users, capabilities, environment); // there is a pipe
            LaunchError? error = WaitedChild.Run(plan, longest);
            byte[] output = new byte[LargestOutput];
            int length = 0;
            while (length < output.Length && readEnd!.Read(output.AsSpan(length)).Value is var more and > 0) // there is a pipe
            {
                length += more;
            }

            said = Encoding.UTF8.GetString(output, 0, length);
            return error;
        }
    }

    private sealed record Made(UserRange Users, NamespaceSet Namespace);
}

/// <summary>Why a <see cref="UserNamespace"/> cannot be made.</summary>
/// <param name="Step">A system call, or a program that is not there or has not done its work.</param>
/// <param name="Errno">0 if only the program knows.</param>
/// <param name="Said">What the program has printed.</param>
public sealed record UserNamespaceError(string Step, int Errno, string Said);
