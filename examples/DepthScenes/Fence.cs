namespace DepthScenes;

/// <summary>Thin posts side by side, through which one sees: what small pictures lose first.</summary>
public sealed class Fence : Shape
{
    private readonly Block _around;
    private readonly Block[] _posts;

    /// <param name="centre">Its centre.</param>
    /// <param name="half">Half its width, height and depth.</param>
    /// <param name="turn">How it is turned.</param>
    /// <param name="posts">Number of posts.</param>
    /// <param name="share">Part of the width that they fill.</param>
    /// <param name="texture">Their texture.</param>
    public Fence(Vector centre, Vector half, Turn turn, int posts, double share, Texture texture)
    {
        _around = new Block(centre, half * 1.001, turn, texture);
        _posts = new Block[posts];
        for (var i = 0; i < posts; i++)
        {
            var across = ((2 * i) + 1 - posts) * half.X / posts;
            _posts[i] = new Block(centre + turn.AboutVertical(new Vector(across, 0, 0)), half with { X = half.X * share / posts }, turn, texture);
        }
    }

    /// <inheritdoc/>
    public override Hit Meet(Vector from, Vector direction)
    {
        var first = Hit.None;
        if (_around.Meet(from, direction).Texture is not null)
        {
            foreach (var post in _posts)
            {
                var hit = post.Meet(from, direction);
                first = hit.Distance < first.Distance ? hit : first;
            }
        }

        return first;
    }
}
