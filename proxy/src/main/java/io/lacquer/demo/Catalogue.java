package io.lacquer.demo;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the demo API sells, and the files of its pages. */
final class Catalogue {
    private static final List<Product> PRODUCTS = List.of(
            new Product(1, "Sencha", "tea", 8.90),
            new Product(2, "Gyokuro", "tea", 24.50),
            new Product(3, "Assam", "tea", 6.20),
            new Product(4, "Darjeeling", "tea", 9.80),
            new Product(5, "Lapsang Souchong", "tea", 11.40),
            new Product(6, "Rooibos", "tea", 5.10),
            new Product(7, "Peppermint", "tea", 4.30),
            new Product(8, "Yirgacheffe", "coffee", 13.90),
            new Product(9, "Sidamo", "coffee", 12.50),
            new Product(10, "Mandheling", "coffee", 12.90),
            new Product(11, "Huehuetenango", "coffee", 14.20),
            new Product(12, "Kona", "coffee", 39.00),
            new Product(13, "Decaf", "coffee", 10.40),
            new Product(14, "Teapot", "ware", 42.00),
            new Product(15, "Gaiwan", "ware", 28.00),
            new Product(16, "Kettle", "ware", 65.00),
            new Product(17, "Hand grinder", "ware", 79.00),
            new Product(18, "Filter paper", "ware", 3.90),
            new Product(19, "Cup", "ware", 12.00),
            new Product(20, "Tray", "ware", 22.50));

    private static final Map<String, Asset> FILES = Map.of(
            "/static/app.css",
            new Asset(
                    "text/css; charset=utf-8",
                    "body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 40rem }\n"),
            "/static/app.js",
            new Asset(
                    "text/javascript; charset=utf-8",
                    "fetch('/api/products').then(r => r.json()).then(list => console.log(list.length + '"
                            + " products'))\n"),
            "/static/logo.svg",
            new Asset(
                    "image/svg+xml",
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><circle cx=\"12\" cy=\"12\""
                            + " r=\"10\" fill=\"#7a1f1f\"/></svg>\n"));

    private Catalogue() {}

    /** One thing to buy. */
    record Product(int id, String name, String category, double price) {}

    /** One file. */
    record Asset(String type, String text) {}

    /** All, in order of their number. */
    static List<Product> products() {
        return PRODUCTS;
    }

    /** One of them. */
    static Optional<Product> product(int id) {
        return PRODUCTS.stream().filter(each -> each.id() == id).findFirst();
    }

    /** The file at a path. */
    static Optional<Asset> file(String path) {
        return Optional.ofNullable(FILES.get(path));
    }
}
