using SuperD.Configuration;
using SuperD.Loop;

namespace SuperD.Listening;

/// <summary>Names who has addresses that could not be bound, without making the loop wait for /proc. Loop only.</summary>
/// <remarks>One search at a time, for all that were asked meanwhile: of a thousand addresses all may be taken.</remarks>
internal sealed class AddressHolders(EventLoop loop)
{
    private List<(ListenAddress Address, Action<AddressHolder?> Done)> _asked = [];
    private bool _isSearching;

    /// <summary>Finds who has an address that is in use; null if nobody is found.</summary>
    public void Ask(ListenAddress address, Action<AddressHolder?> done)
    {
        loop.AssertOnLoop();
        _asked.Add((address, done));
        Search();
    }

    private void Search()
    {
        if (_isSearching || _asked.Count == 0)
        {
            return;
        }

        _isSearching = true;
        List<(ListenAddress Address, Action<AddressHolder?> Done)> asked = _asked;
        _asked = [];
        BesideLoop.Run("look who has an address", () =>
        {
            IReadOnlyDictionary<ListenAddress, AddressHolder> found =
                AddressHolder.Find([.. asked.Select(one => one.Address)], areInUse: true);
            loop.Post(() =>
            {
                _isSearching = false;
                asked.ForEach(one => one.Done(found.GetValueOrDefault(one.Address)));
                Search();
            });
        });
    }
}
