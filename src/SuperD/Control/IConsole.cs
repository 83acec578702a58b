using SuperD.Configuration;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Control;

/// <summary>
/// What the console can ask of superd, and order. Loop only; each call costs no more than the part of superd it is about.
/// </summary>
internal interface IConsole
{
    ServerState Server { get; }

    bool HasService(string name);

    /// <summary>Whether a reload has removed this service, and it still has connections.</summary>
    bool HasRemovedService(string name);

    /// <summary>A service that is known from its file and not served; null if there is none of that name.</summary>
    UnservedService? FindUnserved(string name);

    /// <summary>The state of one service in full; or, without a name, a page of all services in the order of their names.</summary>
    /// <param name="after">The page begins after the service of this name.</param>
    /// <param name="most">The length of the page.</param>
    IReadOnlyList<ServiceState> Services(string? name, string? after, int most);

    /// <summary>A page of the live connections that fit, oldest first.</summary>
    /// <param name="after">The page begins after the connection of this id.</param>
    /// <param name="most">The length of the page.</param>
    IReadOnlyList<ConnectionState> Connections(ConnectionFilter filter, long after, int most);

    /// <summary>Ends a page of connections, and returns their ids. One that is being launched ends when its handler executes.</summary>
    IReadOnlyList<long> End(ConnectionFilter filter, long after, int most, PeerCredentials by);

    /// <summary>Makes a service accept new connections, let them wait, or refuse them.</summary>
    void Steer(string service, ServiceMode mode, PeerCredentials by);

    /// <summary>Takes superd as a whole out of rotation.</summary>
    /// <param name="lameDuck">How long it accepts before its services are drained; null = as configured.</param>
    void DrainAll(TimeSpan? lameDuck, PeerCredentials by);

    /// <summary>Makes every service accept new connections.</summary>
    void ResumeAll(PeerCredentials by);

    /// <summary>Reads the configuration again and applies it, after the reloads that were ordered before.</summary>
    /// <param name="done">Receives the result later, on the loop.</param>
    void Reload(bool isDryRun, bool kills, PeerCredentials by, Action<ReloadState> done);

    /// <summary>The known service that was probably meant; null if none is near.</summary>
    string? FindSimilar(string name);

    /// <summary>Why no client of that kind can come to a service, and what to ask instead; null if one can.</summary>
    string? WhatIsWrongWithClient(string service, Peer client);

    /// <summary>Whether a client reaches the service, served or not, and what each admission check says about it, in their order.</summary>
    IReadOnlyList<CheckState> Why(string service, Peer client);

    /// <summary>Makes superd become its next version.</summary>
    /// <param name="answer">Receives why it has failed. On success the next version answers the client.</param>
    void Upgrade(Action<ControlReply> answer);
}
