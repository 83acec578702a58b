using System.Security.Cryptography;
using System.Text;
using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>What superd's page may ask: to look, and for a request that has the token of <c>web.write</c> to steer. Loop only.</summary>
/// <remarks>
/// The process of the page parses what strangers send, so it has no right of its own to steer, and does not know the token: taken over,
/// it still only looks. It is known by its pid, which nobody else can have before superd has reaped it.
/// </remarks>
/// <param name="page">The page's process, as the connection of a wait service.</param>
internal sealed class PageRight(Connection page)
{
    /// <summary>The most connections it may have: one asks, one follows the log, and two give orders.</summary>
    public const int MostClients = 4;

    private static readonly string[] s_looking =
        [ControlCommands.Status, ControlCommands.Connections, ControlCommands.Why, ControlCommands.Tail];

    private static readonly string[] s_steering =
        [ControlCommands.End, ControlCommands.Pause, ControlCommands.Resume, ControlCommands.Drain, ControlCommands.Reload];

    /// <summary>The page.</summary>
    public Service Service => page.Service;

    /// <summary>Why superd does not do it; null if it may be asked.</summary>
    public string? WhatIsDenied(ControlRequest request)
    {
        ServiceDefinition now = page.Service.Definition;
        return page.Service.Mode == ServiceMode.Removed || !ReferenceEquals(now, page.Definition)
                ? "a reload has changed this page: its process has to end, and the next one is as configured"
            : s_looking.Contains(request.Command) ? null
            : !s_steering.Contains(request.Command) ? "this page may not ask for that"
            : now.Web is not { Token: { } token } ? "this page only looks; web.write in its service file lets it do more"
            : IsSame(request.Token ?? string.Empty, token) ? null
            : "the token is wrong";
    }

    /// <summary>In a time that does not depend on where they differ.</summary>
    private static bool IsSame(string given, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));
}
