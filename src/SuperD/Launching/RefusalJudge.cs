using SuperD.Configuration;
using SuperD.Linux;

namespace SuperD.Launching;

/// <summary>Something that was refused to a handler. Equal ones are counted together.</summary>
/// <param name="What">The call's name, <c>ptrace</c>; the address or the path that it was about.</param>
/// <param name="Key">The keys that would allow it, as they are written in the service's file; null when there is none to recommend.</param>
/// <param name="Note">Why there is none, or what else to know.</param>
internal sealed record SandboxRefusal(string What, string? Key, string? Note = null)
{
    /// <summary>The path that <see cref="Key"/> names, when it is <c>readable</c> or <c>writable</c>; null for other keys.</summary>
    public string? Path { get; init; }

    /// <summary>Whether the key is <c>writable</c>.</summary>
    public bool Writes { get; init; }

    /// <summary>Whether the path is a file, so that its directory may be what the program needs.</summary>
    public bool IsFile { get; init; }
}

/// <summary>Says of each call of a handler what refuses it, and which keys would allow it. One thread of the explainer has it.</summary>
internal sealed class RefusalJudge(SandboxDefinition sandbox, ProcessDefinition process)
{
    private const string NetworkKey = "network = \"on\"";
    private const string NothingInRoot = "nothing can be made in / itself; let it use another place";
    private const string NotInJail = "it is here, not in the jail";
    private const string NoMounts = "a program in a sandbox cannot change mounts, whatever it is given";

    private readonly SystemCallPolicy _policy = SandboxPolicy.Of(sandbox);

    /// <summary>Null when no Landlock holds files.</summary>
    private readonly FileJudge? _files = sandbox.Missing.HasFlag(SandboxPromises.Files) || sandbox.Jail is not null
        ? null
        : new FileJudge([.. SandboxFiles.Of(sandbox)], sandbox.Root.Length == 0 ? null : sandbox.Root);

    /// <summary>What the filter would say.</summary>
    public SystemCallVerdict VerdictOn(SystemCallNotification call) => _policy.VerdictOn(call.Number, call.Arguments.AsSpan());

    /// <summary>What of a call is refused: by the filter, by Landlock, by the jail, or for want of a capability.</summary>
    public IEnumerable<SandboxRefusal> FindRefused(SystemCallNotification call)
    {
        if (VerdictOn(call).Action != SystemCallAction.Allow)
        {
            return [OfCall(call)];
        }

        if (FileJudge.NamesFiles(call.Number))
        {
            return sandbox.Jail is not null ? JailJudge.FindRefused(call).Select(OfJail)
                : _files is not null ? _files.FindRefused(call).Select(OfFile)
                : [];
        }

        if (CapabilityJudge.FindMissing(call) is { } missing)
        {
            string what = call.ReadTarget() is { } target ? $"{NameOf(call)} {target}" : NameOf(call);
            return [missing.Length == 0 ? new SandboxRefusal(what, null, NoMounts) : new SandboxRefusal(what, CapabilityKey(missing))];
        }

        return NameOf(call) == "connect" && !sandbox.HasNetwork && call.ReadTarget() is { } server
            ? [new SandboxRefusal($"connect to {server}", NetworkKey)]
            : [];
    }

    private static string CapabilityKey(string name) => $"capabilities = [\"{name}\"]";

    private static string NameOf(SystemCallNotification call) => SystemCallTable.NameOf(call.Number) ?? $"system call {call.Number}";

    /// <summary>With which keys the policy would allow a call.</summary>
    private SandboxRefusal OfCall(SystemCallNotification call)
    {
        if (SystemCallTable.NameOf(call.Number) is not { } name)
        {
            return new SandboxRefusal(NameOf(call), null, "this superd does not know it");
        }

        string correction = $"syscalls = [\"+{name}\"]";
        if (CapabilityJudge.AlwaysNeeded(name) is { } needed)
        {
            return needed.Length == 0
                ? new SandboxRefusal(name, null, NoMounts)
                : new SandboxRefusal(name, $"{CapabilityKey(needed)}, {correction}", "it takes a privilege");
        }

        SandboxDefinition online = sandbox with { HasNetwork = true };
        SandboxDefinition corrected = Corrected(sandbox);
        return Allows(online) ? new SandboxRefusal(name, NetworkKey)
            : Allows(corrected) ? new SandboxRefusal(name, correction)
            : Allows(Corrected(online)) ? new SandboxRefusal(name, $"{NetworkKey}, {correction}")
            : new SandboxRefusal(name, null, "no key allows it with this kernel");

        SandboxDefinition Corrected(SandboxDefinition definition) =>
            definition with { SystemCalls = [.. definition.SystemCalls, $"+{name}"] };

        bool Allows(SandboxDefinition definition) =>
            SandboxPolicy.Of(definition).VerdictOn(call.Number, call.Arguments.AsSpan()).Action == SystemCallAction.Allow;
    }

    private SandboxRefusal OfFile(RefusedFile file)
    {
        bool writes = file.Access == LandlockAccess.Write;
        string what = Wording.Path(file.Path);
        if (file.Allowing == "/")
        {
            return new SandboxRefusal(what, null, file.Path == "/" ? "/ cannot be opened as a whole" : NothingInRoot);
        }

        if (file.Allowing.Split('/') is ["", "proc", [>= '0' and <= '9', ..], ..])
        {
            return new SandboxRefusal(what, null, "no path names the same process again; a program does without");
        }

        string key = $"{(writes ? "writable" : "readable")} = [{Wording.QuoteWhole(file.Allowing)}]";
        if (file.Mode is not { } mode)
        {
            return new SandboxRefusal(what, key) { Path = file.Allowing, Writes = writes, IsFile = file.IsFile };
        }

        string owner = $"{Wording.Path(mode.Component)} is {OwnerOf(mode.Status)}";
        if (process.UserId == 0)
        {
            string capability = CapabilityKey(writes ? "dac_override" : "dac_read_search");
            return new SandboxRefusal(
                what, file.IsByModeOnly ? capability : $"{key}, {capability}", $"{owner}, and root in a sandbox is a user like others");
        }

        string who = process.UserName is { } name ? $"user {name}" : "its user";
        string verb = writes ? "change" : "read";
        return file.IsByModeOnly
            ? new SandboxRefusal(what, null, $"file permissions, not the sandbox: {owner}, and {who} may not {verb} it")
            : new SandboxRefusal(what, null, $"{who} may not {verb} it either: {owner}; give it the right, then {key}");
    }

    private static SandboxRefusal OfJail(RefusedFile file)
    {
        bool writes = file.Access == LandlockAccess.Write;
        string what = Wording.Path(file.Path);
        string quoted = Wording.QuoteWhole(file.Allowing);
        if (file.Allowing == "/")
        {
            return new SandboxRefusal(what, null, NothingInRoot);
        }

        if (file.IsMissing && !writes && PathChecker.IsIn(file.Allowing, "/dev"))
        {
            return new SandboxRefusal(what, $"jail.devices = [{quoted}]", NotInJail);
        }

        return new SandboxRefusal(
            what,
            $"{(writes ? "writable" : "readable")} = [{quoted}]",
            file.IsMissing ? NotInJail : "what is readable is read-only in a jail")
        {
            Path = file.Allowing, Writes = writes, IsFile = file.IsFile,
        };
    }

    private static string OwnerOf(FileStatus status) =>
        $"{UserDatabase.FindUser(status.UserId, out _)?.Name ?? $"{status.UserId}"}:"
        + $"{UserDatabase.FindGroup(status.GroupId, out _)?.Name ?? $"{status.GroupId}"} {Wording.Mode(status.Permissions)}";
}
