using RoutingService;

var app = await RoutingApplication.CreateAsync(args);
await app.RunAsync();
