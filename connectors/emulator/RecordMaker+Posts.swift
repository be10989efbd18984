import ConnectorKit

extension RecordMaker {
    /// A pin of a picture board, with the gaps and odd spellings that such data has: what is missing is told in words.
    mutating func addPost(_ row: Int, _ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        let category = random.below(Words.categories.count)
        object.add("index", row)
        text.removeAll()
        text.add(uuid: random.next(), random.next())
        unsafe object.add("unique_id", text: text.text)
        addTitle(&random, object)
        addDescription(&random, object)
        addPoster(&random, object)
        addTags(&random, object)
        let form = random.below(1000)
        object.add(
            "is_image_or_video",
            form < 902 ? "image" : form < 970 ? "multi-video(story page format)" : "video" as FieldName)
        addImage(&random, object)
        object.add("downloaded", random.chance(970) ? 1 : 0)
        object.add("save_location", Words.savedCategories[category])
        object.add("category", Words.categories[category])
    }

    private mutating func addTitle(_ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        if random.chance(9) {
            text.add("No Title Data Available")
        } else {
            if random.chance(300) {
                text.add(3 + random.below(50))
                text.add(" ")
            }
            text.add(random.pick(Words.adjectives))
            text.add(" ")
            text.add(random.pick(Words.things))
            text.add(" ")
            text.add(random.pick(Words.tails))
        }
        unsafe object.add("title", text: text.text)
    }

    private mutating func addDescription(_ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        switch random.below(1000) {
        case 0..<68: text.add("No description available Story format")
        case 68..<82: text.add("No description available")
        default:
            for _ in 0..<1 + random.below(3) {
                text.add(random.pick(Words.adjectives))
                text.add(" ")
                text.add(random.pick(Words.tags))
                text.add(" meets a ")
                text.add(random.pick(Words.things))
                text.add(". ")
            }
        }
        unsafe object.add("description", text: text.text)
    }

    private mutating func addPoster(_ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        guard !random.chance(9) else {
            object.add("poster_name", "User Info Error" as FieldName)
            return object.add("follower_count", "User Info Error" as FieldName)
        }
        text.removeAll()
        text.add("The ")
        text.add(random.pick(Words.adjectives))
        text.add(" ")
        text.add(random.pick(Words.things))
        unsafe object.add("poster_name", text: text.text)
        text.removeAll()
        text.add(1 + random.below(999))
        let size = random.below(1000)
        text.add(size < 180 ? "" : size < 926 ? "k" : "M")
        unsafe object.add("follower_count", text: text.text)
    }

    private mutating func addTags(_ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        if random.chance(16) {
            text.add("N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e")
        } else {
            for index in 0..<2 + random.below(6) {
                if index > 0 { text.add(",") }
                text.add(random.pick(Words.tags))
            }
        }
        unsafe object.add("tag_list", text: text.text)
    }

    private mutating func addImage(_ random: inout SplitMix64, _ object: borrowing ObjectBuilder) {
        text.removeAll()
        if random.chance(24) {
            text.add("Image src error.")
        } else {
            text.add("https://images.example.com/originals/")
            text.add(hex: random.next(), digits: 16)
            text.add(hex: random.next(), digits: 16)
            text.add(".jpg")
        }
        unsafe object.add("image_src", text: text.text)
    }
}
