using System.Net;
using System.Numerics.Tensors;
using System.Text;

namespace Retrieval;

/// <summary>A page with queries and what they find, by the route that they took.</summary>
public static class NeighbourPage
{
    private const int QueriesOfRoute = 12;
    private const int Neighbours = 8;

    /// <summary>Writes the page.</summary>
    /// <param name="file">Where it goes.</param>
    /// <param name="queries">Queries, embedded by the router.</param>
    /// <param name="gallery">Pictures to search, embedded at the largest resolution.</param>
    /// <param name="routes">Names of the routes.</param>
    public static void Write(string file, IReadOnlyList<EmbeddedPicture> queries, IReadOnlyList<EmbeddedPicture> gallery, IReadOnlyList<string> routes)
    {
        var page = new StringBuilder(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Queries and their neighbours</title>
            <style>body{font:15px system-ui;margin:2em}figure{display:inline-block;margin:2px;text-align:center;font-size:10px;width:72px}
            img{width:56px;image-rendering:pixelated;border:3px solid #2a7}.wrong img{border-color:#c33}.query{margin-right:20px}.query img{border-color:#888}</style>
            <h1>Queries and their neighbours</h1>
            <p>Every line is a query, embedded by the route of its section, and the nearest pictures of the gallery, embedded at the largest resolution.
            Green: the query's class; red: another one.</p>
            """);
        for (var route = 0; route < routes.Count; route++)
        {
            var members = queries.Where(q => q.Route == route + 1).ToList();
            page.Append($"<h2>Route {WebUtility.HtmlEncode(routes[route])}: {members.Count:N0} of {queries.Count:N0} queries</h2>");
            var step = Math.Max(1, members.Count / QueriesOfRoute);
            foreach (var query in members.Where((_, i) => i % step == 0).Take(QueriesOfRoute))
            {
                page.Append("<div>").Append(Figure(query, "query"));
                foreach (var found in gallery.OrderByDescending(p => TensorPrimitives.CosineSimilarity<float>(query.Embedding, p.Embedding)).Take(Neighbours))
                {
                    page.Append(Figure(found, found.Label == query.Label ? "right" : "wrong"));
                }

                page.Append("</div>");
            }
        }

        File.WriteAllText(file, page.ToString());
    }

    private static string Figure(EmbeddedPicture picture, string kind) =>
        $"<figure class=\"{kind}\"><img alt=\"\" src=\"data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(picture.Path))}\">" +
        $"<figcaption>{WebUtility.HtmlEncode(picture.Label)}</figcaption></figure>";
}
