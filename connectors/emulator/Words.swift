import ConnectorKit

/// What the emulator's texts are made of.
enum Words {
    static let categories: [FieldName] = [
        "art", "beauty", "christmas", "diy-and-crafts", "education", "event-planning", "finance", "home-decor",
        "mens-fashion", "quotes", "tattoos", "travel", "vehicles",
    ]
    static let savedCategories: [FieldName] = [
        "Local save in /data/art", "Local save in /data/beauty", "Local save in /data/christmas",
        "Local save in /data/diy-and-crafts", "Local save in /data/education", "Local save in /data/event-planning",
        "Local save in /data/finance", "Local save in /data/home-decor", "Local save in /data/mens-fashion",
        "Local save in /data/quotes", "Local save in /data/tattoos", "Local save in /data/travel",
        "Local save in /data/vehicles",
    ]
    static let adjectives: [StaticString] = [
        "Simple", "Easy", "Beautiful", "Modern", "Vintage", "Colourful", "Cosy", "Bold", "Tiny", "Rustic", "Elegant",
        "Creative", "Quick", "Fresh", "Handmade", "Clever",
    ]
    static let things: [StaticString] = [
        "Garden", "Kitchen", "Lantern", "Sketch", "Wardrobe", "Road Trip", "Bookshelf", "Bracelet", "Poster", "Window",
        "Notebook", "Café Table", "Balcony", "Wreath", "Bicycle", "Jacket",
    ]
    static let tails: [StaticString] = [
        "Ideas for Small Rooms", "You Can Make Today", "for Beginners", "That Look \"Expensive\"", "in an Afternoon",
        "Worth Saving", "for Every Season", "– Step by Step",
    ]
    static let tags: [StaticString] = [
        "inspiration", "weekend", "budget", "colour", "minimal", "family", "outdoor", "gift", "paper", "wood", "summer",
        "winter", "pattern", "detail", "layout",
    ]
    static let firstNames: [FieldName] = [
        "Ada", "Bruno", "Chloé", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ines", "Jonas", "Keiko", "Liam", "Maya",
        "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Vera", "Wanda", "Yusuf", "Zoë",
    ]
    static let lastNames: [FieldName] = [
        "Abbott", "Becker", "Castillo", "Dahl", "Eriksen", "Fischer", "Gupta", "Hansen", "Ito", "Jensen", "Kowalski",
        "Lopez", "Müller", "Novak", "O'Brien", "Petrov", "Rossi", "Silva", "Tanaka", "Varga", "Weber", "Yilmaz",
    ]
    static let countries: [FieldName] = [
        "Albania", "Argentina", "Australia", "Austria", "Bangladesh", "Belgium", "Brazil", "Canada", "Chile",
        "Colombia",
        "Cote d'Ivoire", "Croatia", "Denmark", "Egypt", "Estonia", "Ethiopia", "Finland", "France", "Germany", "Ghana",
        "Greece", "Iceland", "India", "Indonesia", "Ireland", "Italy", "Japan", "Kenya", "Korea (South)", "Latvia",
        "Malaysia", "Mexico", "Morocco", "Nepal", "Netherlands", "New Zealand", "Nigeria", "Norway", "Pakistan", "Peru",
        "Poland", "Portugal", "Romania", "Senegal", "Slovenia", "South Africa", "Spain", "Sweden", "Switzerland",
        "Tunisia",
        "Turkey", "Ukraine", "United Kingdom", "United States", "Uruguay", "Vietnam",
    ]
    static let logins: [StaticString] = [
        "ada", "kernel", "octo", "pixel", "delta", "north", "quiet", "rapid", "stone", "wave", "amber", "cedar",
    ]
    static let projects: [StaticString] = [
        "compiler", "dashboard", "dotfiles", "engine", "gateway", "notes", "parser", "scheduler", "toolkit", "website",
    ]
    static let branches: [StaticString] = [
        "main", "develop", "release/2.4", "fix/flaky-test", "feature/import", "docs",
    ]
    static let messages: [StaticString] = [
        "Fix a race when the worker stops while a batch is under way",
        "Add a test for empty input\n\nIt used to return the previous page.",
        "Update dependencies", "Refactor the \"retry\" loop so that it can be tested without a clock",
        "Correct the spelling of the café example", "Merge pull request from a fork: faster start, smaller image",
        "Document how positions are stored and when they move", "Remove code nobody calls",
    ]
}
