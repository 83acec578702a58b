using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>What an admitted client is told before it is served.</summary>
/// <remarks>A slow client may take as long as it needs, as long as it takes something: it holds a place among the instances meanwhile.</remarks>
internal sealed class Greeting(Connection connection, TextTemplate? opening, BannerDefinition?[] banners, TextLibrary library)
    : TextDialogue(connection, opening, banners, TextValues.Of(connection), library)
{
    private static readonly TimeSpan s_longestStall = TimeSpan.FromSeconds(10);

    protected override void OnWait(bool hasMoved)
    {
        if (hasMoved || !HasDeadline)
        {
            SetDeadline(s_longestStall);
        }
    }

    protected override void OnSaidAll() => Finish(DialogueEnd.Done);
}
