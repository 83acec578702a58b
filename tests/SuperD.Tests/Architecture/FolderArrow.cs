namespace SuperD.Tests.Architecture;

/// <summary>One folder uses another.</summary>
/// <param name="Example">Two types, of which the first uses the second.</param>
internal sealed record FolderArrow(string From, string To, string Example);
