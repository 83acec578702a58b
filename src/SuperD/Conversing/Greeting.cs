using SuperD.Configuration;
using SuperD.Services;

namespace SuperD.Conversing;

/// <summary>Sends an admitted client the texts that precede the service.</summary>
/// <remarks>A slow client may take its time, as long as it keeps reading: meanwhile it holds a place among the instances.</remarks>
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
