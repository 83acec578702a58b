namespace SuperD.Tests.Architecture;

/// <summary>One folder uses another.</summary>
/// <param name="Example">Two types, the first of which uses the second.</param>
internal sealed record FolderArrow(string From, string To, string Example);
