using RoutingService;

await RoutingApplication.Create(args).RunAsync();
