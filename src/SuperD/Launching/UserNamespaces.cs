using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Loop;

namespace SuperD.Launching;

/// <summary>Has each <see cref="UserNamespace"/> made beside the loop, for a superd without root. Loop only.</summary>
/// <remarks>Mostly there is one already: the check of the configuration has made it.</remarks>
/// <param name="answered">Called when one was made, or not: launches that got null from <see cref="Find"/> try again.</param>
internal sealed class UserNamespaces(EventLoop loop, Action answered)
{
    private readonly HashSet<UserRange> _asking = [];

    /// <summary>Ranges whose namespace could not be made, kept only until the launches that waited for it have failed.</summary>
    private readonly HashSet<UserRange> _failed = [];

    /// <summary>The namespace that a launch needs to become one of these users, if it needs one; null while that is being made.</summary>
    /// <param name="source">Where the user comes from; null for a fixed one.</param>
    public UserNamespaceAnswer? Find(DynamicUserDefinition? source)
    {
        loop.AssertOnLoop();
        if (source is not { IsSubordinate: true, Range: { } users })
        {
            return default(UserNamespaceAnswer);
        }

        if (UserNamespace.TryGet(users, out NamespaceSet? made))
        {
            return new UserNamespaceAnswer(made);
        }

        if (_failed.Contains(users))
        {
            return new UserNamespaceAnswer(null, HasFailed: true);
        }

        if (_asking.Add(users))
        {
            BesideLoop.Run("make a namespace of users", () =>
            {
                bool isMade = UserNamespace.Make(users) is null;
                loop.Post(() => OnAnswered(users, isMade));
            });
        }

        return null;
    }

    private void OnAnswered(UserRange users, bool isMade)
    {
        _asking.Remove(users);
        if (!isMade)
        {
            _failed.Add(users);
        }

        answered();
        _failed.Remove(users); // the next launch tries again
    }
}

/// <summary>The namespace of a launch.</summary>
/// <param name="Made">Null when none is needed, or it could not be made.</param>
/// <param name="HasFailed">Whether it is needed and could not be made.</param>
internal readonly record struct UserNamespaceAnswer(NamespaceSet? Made, bool HasFailed = false);
